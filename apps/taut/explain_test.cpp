// SPDX-License-Identifier: MIT
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/websocket/error.hpp>

#include "explain.hpp"

namespace tautline::taut {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Error refused_with(Refusal refusal) {
    return {.code = HandshakeError::rejected,
            .phase = Phase::handshake,
            .endpoint = "x:80",
            .message = "",
            .refusal = std::make_shared<Refusal>(std::move(refusal))};
}

Error rejected(std::string message) {
    return {.code = TransportError::certificate_rejected,
            .phase = Phase::tls,
            .endpoint = "x:443",
            .message = std::move(message)};
}

TEST(Explain, ACertificateThatIsNotTrustedComesWithTheOptionsThatHelp) {
    const auto text = explain(rejected("trust it (--cacert, TlsClientOptions::ca_file)"));
    EXPECT_THAT(text, HasSubstr("trust it (--cacert)"));
    EXPECT_THAT(text, HasSubstr("--insecure"));
}

TEST(Explain, AWrongKeyComesWithNoAdviceThatCannotHelp) {
    const auto text = explain(rejected("no pinned key (TlsClientOptions::pinned_keys)"));
    EXPECT_THAT(text, HasSubstr("no pinned key (--pin)"));
    EXPECT_THAT(text, Not(HasSubstr("--insecure")));
    EXPECT_THAT(text, Not(HasSubstr("--cacert")));
}

TEST(Explain, ATimeoutComesWithItsOption) {
    const Error error{.code = TransportError::handshake_timeout, .phase = Phase::handshake};
    EXPECT_THAT(explain(error), HasSubstr("--handshake-timeout"));
}

TEST(Explain, ACertificateOfOursComesWithItsOption) {
    Error error{.code = TransportError::client_certificate_required, .message = "wants one."};
    EXPECT_THAT(explain(error), HasSubstr("Give one with --cert"));
    error.message =
        "the server did not accept our certificate (--cert, TlsClientOptions::certificate_file).";
    EXPECT_EQ(explain(error), "usage: the server did not accept the one given with --cert.");
}

TEST(Explain, AWayAroundHttp2IsItsOption) {
    const Error error{.code = UsageError::unsupported,
                      .phase = Phase::handshake,
                      .endpoint = "x:443",
                      .message = "no. Allow it (--http auto, NetworkConfig::http_versions)."};
    EXPECT_EQ(explain(error), "handshake: x:443: no. Allow it (--http auto).");
}

TEST(Explain, AnyOtherErrorIsInItsOwnWords) {
    const Error error{.code = make_error_code(std::errc::connection_refused),
                      .phase = Phase::connect,
                      .endpoint = "x:80",
                      .message = "nobody there"};
    EXPECT_EQ(explain(error), error.to_string());
}

TEST(Explain, ARefusalShowsStatusAndBody) {
    const auto text = explain(refused_with(
        {.status = 404, .reason = "Not Found", .headers = {}, .body = "no\nsuch page"}));

    EXPECT_EQ(text,
              "handshake: x:80 answered 404 Not Found\n"
              "  there is no WebSocket at this path: is that of the URL right?\n"
              "  no\n  such page");
}

TEST(Explain, ARedirectIsShownAndNotFollowed) {
    const auto text = explain(
        refused_with({.status = 301, .headers = {{"location", "https://x/\x1b"}}, .body = ""}));
    EXPECT_THAT(text, HasSubstr("it points to https://x/\\e; -L follows it"));
}

TEST(Explain, ARedirectForWhichTheTimeWasOverSaysSo) {
    auto error = refused_with({.status = 301, .headers = {{"Location", "ws://x/"}}});
    error.code = TransportError::handshake_timeout;
    error.message = "the server answered 301; the time for another request is over";
    EXPECT_EQ(explain(error), "handshake: x:80: " + error.message +
                                  "\n  it points to ws://x/"
                                  "\n  More time can be given with --handshake-timeout.");
}

TEST(Explain, ARedirectThatWasNotFollowedSaysWhy) {
    auto error = refused_with({.status = 308, .headers = {{"location", "ws://x/"}}, .body = ""});
    error.message = "the server answered 308; it was not followed: from wss to ws";
    EXPECT_EQ(explain(error), "handshake: x:80: " + error.message + "\n  it points to ws://x/");
}

TEST(Explain, AskedForCredentialsTheToolKnowsTheOptions) {
    EXPECT_THAT(explain(refused_with({.status = 401})), HasSubstr("--auth"));
    EXPECT_THAT(explain(refused_with({.status = 403})), HasSubstr("--origin"));
}

TEST(Explain, CredentialsThatTheToolCannotSendAreNotAskedFor) {
    using Fields = std::vector<std::pair<std::string, std::string>>;
    const auto text = [](Fields fields) {
        return explain(refused_with({.status = 401, .headers = std::move(fields)}));
    };
    const std::string digest = R"(Digest realm="a", nonce="b")";
    EXPECT_EQ(text({{"WWW-Authenticate", digest}}),
              "handshake: x:80 answered 401\n  it wants Digest, which taut does not speak");
    EXPECT_THAT(text({{"www-authenticate", digest + ", Negotiate"}}),
                HasSubstr("it wants Digest or Negotiate, which"));
    for (const Fields& fields :
         {Fields{{"WWW-Authenticate", digest + R"(, basic realm="a")"}},
          Fields{{"WWW-Authenticate", digest}, {"WWW-Authenticate", "Bearer"}},
          Fields{{"WWW-Authenticate", "\x1b"}}}) {
        EXPECT_THAT(text(fields), HasSubstr("--auth or --bearer-env"));
    }
}

TEST(Explain, CredentialsThatWereSentAreNotAskedForAgain) {
    using Fields = std::vector<std::pair<std::string, std::string>>;
    const auto text = [](int status, Fields fields) {
        return explain(refused_with({.status = status, .headers = std::move(fields)}),
                       Credentials::sent);
    };
    EXPECT_EQ(text(401, {}),
              "handshake: x:80 answered 401\n  it did not accept the credentials that were sent");
    EXPECT_THAT(text(401, {{"WWW-Authenticate", "Basic, x\x1b"}, {"WWW-Authenticate", "Bearer"}}),
                EndsWith("that were sent; it takes Bearer"));
    EXPECT_THAT(text(401, {{"WWW-Authenticate", "Digest realm=\"a\", Basic"}}),
                EndsWith("that were sent; it takes Digest or Basic"));
    EXPECT_THAT(text(403, {}), EndsWith("it may want another --origin, or other credentials"));
}

TEST(Explain, TheRequestTellsWhetherCredentialsWereSent) {
    http::RequestHead request;
    EXPECT_EQ(credentials_in(request), Credentials::not_sent);
    request.fields.add("authorization", "Basic x");
    EXPECT_EQ(credentials_in(request), Credentials::sent);
}

TEST(Explain, AStatusAloneEndsTheLine) {
    EXPECT_EQ(explain(refused_with({.status = 500})), "handshake: x:80 answered 500");
}

TEST(Explain, WhoRefusedMayBeUnknown) {
    auto error = refused_with({.status = 500});
    error.endpoint.clear();
    EXPECT_EQ(explain(error), "handshake: the server answered 500");
}

TEST(Explain, AnotherVersionIsTold) {
    const auto other = refused_with({.status = 426, .headers = {{"sec-websocket-version", "8"}}});
    EXPECT_THAT(explain(other), HasSubstr("it speaks version 8 of the protocol, not 13"));
    for (const auto& error :
         {refused_with({.status = 426}),
          refused_with({.status = 426, .headers = {{"Sec-WebSocket-Version", "13, 8"}}})}) {
        EXPECT_THAT(explain(error), HasSubstr("drop Upgrade?"));
    }
}

TEST(Explain, TheTimeToWaitIsTold) {
    for (const int status : {429, 503}) {
        const auto text = [status](const char* after) {
            return explain(refused_with({.status = status, .headers = {{"retry-after", after}}}));
        };
        EXPECT_THAT(text("30"), HasSubstr("asked again after 30 s"));
        EXPECT_THAT(text("Fri, 31 Dec\x1b"), HasSubstr("asked again after Fri, 31 Dec\\e"));
        EXPECT_THAT(explain(refused_with({.status = status})), Not(HasSubstr("again")));
    }
}

TEST(Explain, CredentialsAreAskedForWhereAProxyWantsThem) {
    const auto text = [](std::error_code code) {
        return explain(Error{.code = code, .phase = Phase::proxy});
    };
    EXPECT_THAT(text(ProxyError::authentication_required), HasSubstr("USER:PASS"));
    EXPECT_THAT(text(ProxyError::credentials_rejected), HasSubstr("USER:PASS"));
    for (const std::error_code code :
         {make_error_code(ProxyError::refused), make_error_code(ProxyError::connection_refused),
          make_error_code(ProxyError::authentication_unsupported),
          make_error_code(std::errc::connection_refused)}) {
        EXPECT_THAT(text(code), Not(HasSubstr("USER:PASS")));
        EXPECT_THAT(text(code), HasSubstr("--proxy '' goes straight"));
    }
}

TEST(Explain, OptionsForTheServerAreNotNamedForAProxy) {
    const auto text = [](TransportError code, std::string message) {
        return explain(Error{.code = code, .phase = Phase::proxy, .message = std::move(message)});
    };
    EXPECT_EQ(text(TransportError::certificate_rejected,
                   "trust it (--cacert, TlsClientOptions::ca_file)."),
              "proxy: trust it (--proxy-cacert).\n"
              "  --insecure is not for proxies; --proxy '' goes straight.");
    EXPECT_THAT(
        text(TransportError::certificate_rejected,
             "for b. Use it, or say which one is expected (TlsClientOptions::server_name)."),
        StartsWith("proxy: for b. Use it.\n"));
    EXPECT_EQ(text(TransportError::client_certificate_required, "wants one (ProxyOptions::tls)."),
              "proxy: wants one.\n"
              "  --cert is not for proxies; --proxy '' goes straight.");
}

TEST(Explain, APortMaySpeakTls) {
    const std::error_code reset(ECONNRESET, std::system_category());
    for (const std::error_code code : {reset, make_error_code(TransportError::closed_early),
                                       make_error_code(HandshakeError::response_malformed)}) {
        const Error error{.code = code, .phase = Phase::handshake};
        EXPECT_TRUE(may_want_tls("ws://x/", error));
        EXPECT_FALSE(may_want_tls("wss://x/", error));
    }
    EXPECT_FALSE(may_want_tls("ws://x/", {.code = reset, .phase = Phase::connect}));
    EXPECT_FALSE(may_want_tls("ws://x/", {.code = HandshakeError::accept_wrong}));
}

TEST(Explain, AnAnswerInHttpIsNotOneOfTls) {
    for (const char* message :
         {"too many interim responses", "the server switched protocols in HTTP/1.0"}) {
        EXPECT_FALSE(may_want_tls("ws://x/",
                                  {.code = HandshakeError::response_malformed, .message = message}))
            << message;
    }
}

TEST(Explain, ABodyEndsWhereItsTextEnds) {
    const auto text = [](const char* body) {
        return explain(refused_with({.status = 500, .body = body}));
    };
    EXPECT_EQ(text("no\r\n"), "handshake: x:80 answered 500\n  no");
    EXPECT_EQ(text("one\n\ntwo\n\n"), "handshake: x:80 answered 500\n  one\n  \n  two");
    EXPECT_EQ(text("\n"), "handshake: x:80 answered 500");
}

TEST(Explain, TheOtherAttemptsStandBelowARefusal) {
    auto error = refused_with({.status = 404, .body = "none"});
    error.message = "the server answered 404. Tried: attempt 1 a: failed; attempt 2 b: \x1b";
    EXPECT_EQ(explain(error),
              "handshake: x:80 answered 404\n"
              "  there is no WebSocket at this path: is that of the URL right?\n"
              "  none\n"
              "  Tried: attempt 1 a: failed; attempt 2 b: \\e");
}

TEST(Explain, TheBodyOfARefusalIsCutAndHarmless) {
    const auto text =
        explain(refused_with({.status = 500, .body = "\x1b[2J" + std::string(2000, 'x')}));
    EXPECT_LT(text.size(), 600U);
    EXPECT_THAT(text, HasSubstr("\\e[2J"));
}

TEST(Explain, AnEndNamesSideCodeAndReason) {
    const Closed closed{.code = CloseCode::policy_violation,
                        .reason = "go\x1b away",
                        .clean = true,
                        .by_peer = true};
    EXPECT_EQ(explain(closed), "closed by the server: 1008 policy_violation (go\\e away)");
}

TEST(Explain, AnEndOfOursNamesWhatTheServerSaidToIt) {
    EXPECT_EQ(explain(Closed{.code = CloseCode::message_too_big,
                             .own_code = CloseCode::normal,
                             .reason = "message too large",
                             .clean = true}),
              "closed by us, and the server answered: 1009 message_too_big (message too large)");
}

TEST(Explain, AMessageOverTheLimitComesWithItsOption) {
    EXPECT_EQ(explain(Closed{.code = CloseCode::message_too_big,
                             .own_code = CloseCode::message_too_big,
                             .clean = true,
                             .error = PeerError::message_too_large}),
              "closed by us: 1009 message_too_big: the peer sent a message over the limit; raise "
              "--max-message to take it");
}

TEST(Explain, AnEndOfOursNamesTheCause) {
    const auto text =
        explain(Closed{.code = CloseCode::going_away, .error = TransportError::close_timeout});
    EXPECT_THAT(text,
                StartsWith("closed by us: 1001 going_away, without the other side's Close: "));
}

TEST(Explain, ALostConnectionHasNoCode) {
    EXPECT_THAT(explain(Closed{}), HasSubstr("lost without a closing handshake"));
    EXPECT_THAT(explain(Closed{.error = TransportError::ping_timeout}), HasSubstr(" handshake: "));
    EXPECT_THAT(explain(Closed{}), Not(HasSubstr("1006")));
}

TEST(Explain, ALossWithoutAClosingHandshakeIsToldOnce) {
    EXPECT_THAT(explain(Closed{.error = TransportError::closed_early}),
                StartsWith("the connection was lost: the peer ended the connection without"));
}

TEST(ExplainListen, AHostThatIsNoAddressIsToldAsItIs) {
    const Error error{.code = TransportError::resolve_failed,
                      .phase = Phase::resolve,
                      .endpoint = "foo:0",
                      .message = "cannot listen: \"foo\" is none"};
    EXPECT_EQ(explain_listen(error, {.host = "foo"}), "cannot listen: \"foo\" is none");
}

TEST(ExplainListen, APortInUseComesWithAWayOut) {
    const Error error{.code = make_error_code(std::errc::address_in_use), .phase = Phase::connect};
    EXPECT_EQ(explain_listen(error, {.port = 9001}),
              "port 9001 is in use; choose another with --port, or 0");
}

TEST(ExplainListen, APrivilegedPortIsNamedSo) {
    const Error error{.code = make_error_code(std::errc::permission_denied)};
    EXPECT_THAT(explain_listen(error, {.port = 80}), StartsWith("port 80 "));
}

TEST(ExplainListen, AUnixSocketHasNoPort) {
    const Error error{.code = make_error_code(std::errc::address_in_use)};
    EXPECT_THAT(explain_listen(error, {.unix_path = "/x"}), StartsWith("/x is there already"));
}

TEST(ExplainListen, WhatTheSystemRefusesIsNoMistakeOfTheCommandLine) {
    const Error error{.code = make_error_code(std::errc::address_not_available),
                      .endpoint = "1.2.3.4:1",
                      .message = "cannot listen"};
    EXPECT_EQ(explain_listen(error, {.port = 1}), "1.2.3.4:1: cannot listen");
}

TEST(Milliseconds, HaveTwoDigits) {
    EXPECT_EQ(to_milliseconds(std::chrono::microseconds(1234)), "1.23 ms");
}

TEST(ExplainClosed, TheOptionForTheTimeOfAMessageIsNamed) {
    const Closed closed{.code = CloseCode::policy_violation,
                        .error = TransportError::message_timeout};
    EXPECT_THAT(explain(closed), HasSubstr("raise --message-timeout"));
}

TEST(ExplainClosed, WhatBreaksTlsLaterIsNoHandshake) {
    const auto text = explain(Closed{.error = TransportError::tls_failed});
    EXPECT_THAT(text, HasSubstr("not of this TLS connection"));
    EXPECT_THAT(text, Not(HasSubstr("handshake failed")));
}

}  // namespace
}  // namespace tautline::taut
