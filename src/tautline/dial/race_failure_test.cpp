// SPDX-License-Identifier: MIT
#include <tautline/dial/race_failure.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::dial {
namespace {

using eyeballs::AttemptEnd;
using eyeballs::AttemptPhase;
using eyeballs::FailureReason;
using testing::HasSubstr;

const http::Uri kUri = *http::parse_uri("ws://example.org/");

eyeballs::AttemptReport report(std::uint64_t id, AttemptPhase phase, AttemptEnd end,
                               std::error_code code = {}) {
    return {.id = eyeballs::AttemptId(id),
            .endpoint = {.target = IpEndpoint{*IpAddress::parse("::1"), 80},
                         .protocol = eyeballs::Protocol::http1,
                         .ech = {}},
            .phase = phase,
            .end = end,
            .error = {.code = code, .phase = Phase::connect, .endpoint = "e", .message = "m."}};
}

TEST(RaceFailure, NamesTheQueriesThatFailed) {
    const auto error = error_for(
        {.reason = FailureReason::no_address,
         .attempts = {},
         .queries = {{.name = "example.org",
                      .type = eyeballs::RecordType::aaaa,
                      .error = {.message = "SERVFAIL"}},
                     {.name = "example.org", .type = eyeballs::RecordType::a, .error = {}}}},
        kUri);

    EXPECT_EQ(error.code, TransportError::resolve_failed);
    EXPECT_THAT(error.message, HasSubstr("AAAA: SERVFAIL, A: no answer in time"));
}

TEST(RaceFailure, GivesTheErrorOfASingleAttemptAsItIs) {
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::transport, AttemptEnd::failed,
                                       make_error_code(std::errc::connection_refused))},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, std::errc::connection_refused);
    EXPECT_EQ(error.message, "m.");
}

TEST(RaceFailure, PrefersTheAttemptThatCameFarthest) {
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::failed,
                                       HandshakeError::accept_wrong),
                                report(2, AttemptPhase::transport, AttemptEnd::failed,
                                       make_error_code(std::errc::connection_refused))},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, HandshakeError::accept_wrong);
    EXPECT_THAT(error.message, HasSubstr("attempt 2"));
}

TEST(RaceFailure, PrefersWhatTheServerSaid) {
    const auto error =
        error_for({.reason = FailureReason::rejected,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::rejected,
                                       HandshakeError::rejected),
                                report(2, AttemptPhase::session, AttemptEnd::timed_out)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, HandshakeError::rejected);
    EXPECT_EQ(error.message, "m.");
}

TEST(RaceFailure, TellsWhatTookTooLong) {
    const auto tls = timeout_error(Phase::tls, "[::1]:443");

    EXPECT_EQ(tls.code, TransportError::handshake_timeout);
    EXPECT_EQ(tls.to_string().find("tls: [::1]:443: no answer to the TLS handshake"), 0U);
    EXPECT_THAT(timeout_error(Phase::connect, "").message, HasSubstr("firewall"));
    EXPECT_THAT(timeout_error(Phase::proxy, "").message, HasSubstr("proxy"));
    EXPECT_THAT(timeout_error(Phase::handshake, "").message, HasSubstr("WebSocket server"));
}

TEST(RaceFailure, PrefersAnErrorToWantOfSupport) {
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::settings, AttemptEnd::not_supported),
                                report(2, AttemptPhase::transport, AttemptEnd::failed,
                                       make_error_code(std::errc::connection_refused))},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, std::errc::connection_refused);
    EXPECT_THAT(error.message, HasSubstr("attempt 1"));
}

TEST(RaceFailure, PrefersAnAnswerThatItIsNotImplemented) {
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::transport, AttemptEnd::failed,
                                       make_error_code(std::errc::connection_refused)),
                                report(2, AttemptPhase::session, AttemptEnd::not_supported,
                                       HandshakeError::rejected)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, HandshakeError::rejected);
}

TEST(RaceFailure, PrefersWhatStillRanWhenTheTimeWasUp) {
    const auto error =
        error_for({.reason = FailureReason::abandoned,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::failed,
                                       HandshakeError::accept_wrong),
                                report(2, AttemptPhase::transport, AttemptEnd::cancelled,
                                       TransportError::handshake_timeout)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::connect);
}

TEST(RaceFailure, TellsThatNoNameServerAnsweredInTime) {
    const auto error =
        error_for({.reason = FailureReason::abandoned, .attempts = {}, .queries = {}}, kUri);

    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::resolve);
}

TEST(RaceFailure, LeavesTheWordOfTheServerWhenTheTimeWasUpAfterIt) {
    const auto error =
        error_for({.reason = FailureReason::abandoned,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::rejected,
                                       HandshakeError::rejected)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, HandshakeError::rejected);
}

TEST(RaceFailure, PutsAnIpv6AddressIntoBrackets) {
    const auto error =
        error_for({.reason = FailureReason::no_protocol, .attempts = {}, .queries = {}},
                  *http::parse_uri("ws://[::1]:9001/"));

    EXPECT_EQ(error.endpoint, "[::1]:9001");
}

TEST(RaceFailure, TellsThatTheServerCannotDoIt) {
    const auto error =
        error_for({.reason = FailureReason::not_supported,
                   .attempts = {report(1, AttemptPhase::settings, AttemptEnd::not_supported)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, UsageError::unsupported);
}

}  // namespace
}  // namespace tautline::dial
