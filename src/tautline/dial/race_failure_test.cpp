// SPDX-License-Identifier: MIT
#include <tautline/dial/race_failure.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/proto/h2/error_code.hpp>

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
    EXPECT_EQ(error.message,
              "m. Tried: attempt 1 [::1]:80 h1: session rejected: as said first; "
              "attempt 2 [::1]:80 h1: session timed out: as said first");
}

TEST(RaceFailure, GivesARefusalOfTheOnlyAttemptAsItIs) {
    const auto error =
        error_for({.reason = FailureReason::rejected,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::rejected,
                                       HandshakeError::rejected)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.message, "m.");
}

TEST(RaceFailure, SaysMoreBeforeItsList) {
    Error listed{.code = HandshakeError::rejected, .message = "no. Tried: attempt 1; attempt 2."};
    add_words(listed, "; and why");
    EXPECT_EQ(listed.message, "no; and why. Tried: attempt 1; attempt 2.");

    Error alone{.code = HandshakeError::rejected, .message = "no"};
    add_words(alone, "; and why");
    EXPECT_EQ(alone.message, "no; and why");
}

TEST(RaceFailure, TellsWhatTookTooLong) {
    const auto tls = timeout_error(Phase::tls, "[::1]:443");

    EXPECT_EQ(tls.code, TransportError::handshake_timeout);
    EXPECT_EQ(tls.to_string().find("tls: [::1]:443: no answer to the TLS handshake"), 0U);
    EXPECT_THAT(timeout_error(Phase::connect, "").message, HasSubstr("firewall"));
    EXPECT_THAT(timeout_error(Phase::proxy, "").message, HasSubstr("proxy"));
    EXPECT_THAT(timeout_error(Phase::handshake, "").message, HasSubstr("WebSocket server"));
}

eyeballs::AttemptReport unsupported(std::uint64_t id, AttemptPhase phase, const char* address) {
    auto made = report(id, phase, AttemptEnd::not_supported);
    made.endpoint.target = IpEndpoint{*IpAddress::parse(address), 80};
    made.error = {};
    return made;
}

eyeballs::AttemptReport refused(std::uint64_t id) {
    return report(id, AttemptPhase::transport, AttemptEnd::failed,
                  make_error_code(std::errc::connection_refused));
}

TEST(RaceFailure, PrefersTheErrorOfTheFallbackToWantOfSupport) {
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {unsupported(1, AttemptPhase::settings, "::1"), refused(2)},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.code, std::errc::connection_refused);
    EXPECT_THAT(error.message, HasSubstr("attempt 1"));
}

TEST(RaceFailure, PrefersWantOfSupportToAnAddressWhereNothingListens) {
    for (const auto phase : {AttemptPhase::transport, AttemptPhase::settings}) {
        const auto error = error_for({.reason = FailureReason::connection,
                                      .attempts = {refused(1), unsupported(2, phase, "127.0.0.1")},
                                      .queries = {}},
                                     kUri);

        EXPECT_EQ(error.code, UsageError::unsupported);
        EXPECT_EQ(error.endpoint, "127.0.0.1:80");
        EXPECT_THAT(error.message, HasSubstr("Allow HTTP/1.1"));
        EXPECT_THAT(error.message, HasSubstr("Tried: attempt 1 [::1]:80"));
    }
}

TEST(RaceFailure, TellsHttp2ThatIsNotSpokenFromOneWithoutWebSockets) {
    const auto message = [](AttemptPhase phase) {
        return error_for({.reason = FailureReason::not_supported,
                          .attempts = {unsupported(1, phase, "::1")},
                          .queries = {}},
                         kUri)
            .message;
    };
    EXPECT_THAT(message(AttemptPhase::transport), HasSubstr("does not speak HTTP/2."));
    EXPECT_THAT(message(AttemptPhase::settings), HasSubstr("no WebSockets over HTTP/2."));
}

// RFC 9113 section 7.
TEST(RaceFailure, SaysHowAServerGetsTheHttp1ThatItWants) {
    const auto wanting = [](std::uint64_t id) {
        return report(id, AttemptPhase::session, AttemptEnd::not_supported,
                      make_error_code(h2::ErrorCode::http_1_1_required));
    };
    const auto told = [](FailureReason reason, std::vector<eyeballs::AttemptReport> attempts) {
        return error_for({.reason = reason, .attempts = std::move(attempts), .queries = {}}, kUri)
            .message;
    };

    EXPECT_THAT(told(FailureReason::not_supported, {wanting(1)}), HasSubstr("Allow HTTP/1.1"));
    EXPECT_THAT(told(FailureReason::connection, {wanting(1), refused(2)}),
                Not(HasSubstr("Allow HTTP/1.1")));
}

TEST(RaceFailure, TellsThatSettingsDidNotCome) {
    const auto error = settings_timeout("[::1]:443");

    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::handshake);
    EXPECT_THAT(error.message, HasSubstr("no SETTINGS"));
    EXPECT_THAT(error.message, HasSubstr("--http 1.1"));
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

eyeballs::QueryReport unanswered(eyeballs::RecordType type, const char* name = "example.org") {
    return {.name = name, .type = type, .error = {}};
}

TEST(RaceFailure, TellsThatNoNameServerAnsweredInTime) {
    const auto error =
        error_for({.reason = FailureReason::abandoned,
                   .attempts = {},
                   .queries = {unanswered(eyeballs::RecordType::https, "_8443._https.example.org"),
                               unanswered(eyeballs::RecordType::aaaa),
                               unanswered(eyeballs::RecordType::a, "svc.example.org")}},
                  kUri);

    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::resolve);
    EXPECT_THAT(error.message, HasSubstr("no name server answered in time for \"example.org\" "
                                         "(HTTPS, AAAA, A of svc.example.org). Does it run"));
    EXPECT_THAT(error.message, testing::Not(HasSubstr("Check the name")));
}

TEST(RaceFailure, TellsBesideAnAttemptWhatNoNameServerAnswered) {
    eyeballs::Failed failed{.reason = FailureReason::abandoned,
                            .attempts = {report(1, AttemptPhase::transport, AttemptEnd::cancelled,
                                                TransportError::handshake_timeout)},
                            .queries = {unanswered(eyeballs::RecordType::aaaa)}};
    EXPECT_THAT(error_for(failed, kUri).message,
                testing::EndsWith("m. No name server answered for AAAA in time."));

    failed.attempts.push_back(failed.attempts.front());
    EXPECT_THAT(error_for(failed, kUri).message,
                testing::EndsWith("as said first. No name server answered for AAAA in time."));
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

TEST(RaceFailure, TellsACauseOfAllAttemptsOnce) {
    auto other = report(2, AttemptPhase::transport, AttemptEnd::failed);
    other.error.message = "another.";
    const auto error =
        error_for({.reason = FailureReason::connection,
                   .attempts = {report(1, AttemptPhase::session, AttemptEnd::failed,
                                       HandshakeError::accept_wrong),
                                report(3, AttemptPhase::transport, AttemptEnd::failed), other},
                   .queries = {}},
                  kUri);

    EXPECT_EQ(error.message,
              "m. Tried: attempt 1 [::1]:80 h1: session failed: as said first; "
              "attempt 3 [::1]:80 h1: transport failed: as said first; "
              "attempt 2 [::1]:80 h1: transport failed: another.");
}

// Behind another attempt "the same" would be read as what happened to that one.
TEST(RaceFailure, TellsWhoseCauseItIsThatIsTheSame) {
    const auto refused_by_another = [](std::uint64_t id) {
        auto made = refused(id);
        made.error.message = "refused";
        return made;
    };
    const auto error = error_for({.reason = FailureReason::connection,
                                  .attempts = {refused_by_another(1), refused_by_another(2),
                                               report(3, AttemptPhase::session, AttemptEnd::failed,
                                                      HandshakeError::accept_wrong),
                                               refused_by_another(4)},
                                  .queries = {}},
                                 kUri);

    EXPECT_EQ(error.message,
              "m. Tried: attempt 1 [::1]:80 h1: transport failed: refused; "
              "attempt 2 [::1]:80 h1: transport failed: as above; "
              "attempt 3 [::1]:80 h1: session failed: as said first; "
              "attempt 4 [::1]:80 h1: transport failed: refused");
}

TEST(RaceFailure, EndsItsSentenceBeforeItTellsTheAttempts) {
    auto bare = refused(1);
    bare.error.message = "broken";
    const auto error = error_for(
        {.reason = FailureReason::connection, .attempts = {bare, refused(2)}, .queries = {}}, kUri);

    EXPECT_THAT(error.message, testing::StartsWith("broken. Tried: "));
}

TEST(RaceFailure, DoesNotAskForACertificateThatWasShown) {
    const auto refused = with_own_certificate(
        {.code = TransportError::client_certificate_required, .message = "give one"});
    EXPECT_THAT(refused.message, HasSubstr("did not accept our certificate"));
    EXPECT_EQ(with_own_certificate({.code = TransportError::tls_failed, .message = "m."}).message,
              "m.");
    const auto by_proxy = with_own_certificate({.code = TransportError::client_certificate_required,
                                                .phase = Phase::proxy,
                                                .message = "the proxy wants one"});
    EXPECT_EQ(by_proxy.message, "the proxy wants one");
}

std::string unfit(std::string_view url, eyeballs::NetworkConfig config) {
    const auto error = wrong_version(*http::parse_uri(url), config);
    return error ? error->to_string() : "";
}

TEST(WrongVersion, IsAnAddressOfTheOther) {
    EXPECT_EQ(unfit("ws://[::1]:9/", {.ip = eyeballs::IpMode::v4_only}),
              "resolve: ::1: this is an IPv6 address, and only IPv4 is allowed");
    EXPECT_THAT(unfit("ws://127.0.0.1/", {.ip = eyeballs::IpMode::v6_only}),
                HasSubstr("127.0.0.1: this is an IPv4 address, and only IPv6 is allowed"));
}

TEST(WrongVersion, IsNothingElse) {
    EXPECT_EQ(unfit("ws://[::1]/", {.ip = eyeballs::IpMode::v6_only}), "");
    EXPECT_EQ(unfit("ws://127.0.0.1/", {.ip = eyeballs::IpMode::v4_only}), "");
    EXPECT_EQ(unfit("ws://example.org/", {.ip = eyeballs::IpMode::v4_only}), "");
    EXPECT_EQ(unfit("ws://127.0.0.1/", {.ip = eyeballs::IpMode::prefer_v6}), "");
    EXPECT_EQ(unfit("ws://[::1]/", {}), "");
}

TEST(WrongVersion, IsNotIpv4BehindANat64) {
    EXPECT_EQ(unfit("ws://127.0.0.1/", {.ip = eyeballs::IpMode::v6_only,
                                        .nat64_prefix = *IpAddress::parse("64:ff9b::")}),
              "");
}

}  // namespace
}  // namespace tautline::dial
