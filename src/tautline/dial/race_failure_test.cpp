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
    const auto connect =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::transport, AttemptEnd::timed_out)},
                   .queries = {}},
                  kUri);
    const auto session =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::timed_out)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(connect.code, TransportError::handshake_timeout);
    EXPECT_EQ(connect.phase, Phase::connect);
    EXPECT_EQ(session.phase, Phase::handshake);
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
