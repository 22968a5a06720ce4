// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/server_handshake.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/proto/http/head_writer.hpp>

namespace tautline::websocket {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Optional;

// RFC 6455 section 1.2.
http::RequestHead sample_request() {
    return {.method = "GET",
            .target = "/chat",
            .fields = {{"Host", "server.example.com"},
                       {"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"Origin", "http://example.com"},
                       {"Sec-WebSocket-Protocol", "chat, superchat"},
                       {"Sec-WebSocket-Version", "13"}}};
}

http::RequestHead request_with(std::string name, std::string value) {
    http::RequestHead request = sample_request();
    request.fields.add(std::move(name), std::move(value));
    return request;
}

http::RequestHead request_but(std::string_view name, std::string value) {
    http::RequestHead request = sample_request();
    request.fields.set(name, std::move(value));
    return request;
}

http::RequestHead request_without(std::string_view name) {
    http::RequestHead request = sample_request();
    request.fields.remove(name);
    return request;
}

// 101, or the status that the request was refused with.
int status_of(const http::RequestHead& request, const ServerPolicy& policy = {}) {
    const auto accepted = accept(request, policy);
    return accepted ? accepted->response.status : accepted.error().response.status;
}

Refused refusal_of(const http::RequestHead& request, const ServerPolicy& policy = {}) {
    const auto accepted = accept(request, policy);
    return accepted ? Refused{} : accepted.error();
}

Agreement agreement_on(const http::RequestHead& request, const ServerPolicy& policy) {
    const auto accepted = accept(request, policy);
    EXPECT_TRUE(accepted.has_value());
    return accepted ? accepted->agreement : Agreement{};
}

TEST(UpgradeRequest, ListsWebsocketAsAnUpgrade) {
    EXPECT_TRUE(is_upgrade_request(sample_request()));
    EXPECT_TRUE(is_upgrade_request(request_but("Upgrade", "h2c, WebSocket")));
    EXPECT_FALSE(is_upgrade_request(request_but("Upgrade", "notwebsocket")));
    EXPECT_FALSE(is_upgrade_request(request_but("Upgrade", "websocket/13")));
    EXPECT_FALSE(is_upgrade_request(request_without("Upgrade")));
    http::RequestHead old = sample_request();
    old.version_minor = 0;
    EXPECT_FALSE(is_upgrade_request(old));
}

// RFC 6455 section 4.2.2: what a server answers when it agrees.
TEST(Accept, AnswersTheExampleOfTheStandard) {
    const auto accepted = accept(sample_request(), {.subprotocols = {"chat"}});

    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(http::write_head(accepted->response),
              "HTTP/1.1 101 Switching Protocols\r\n"
              "Upgrade: websocket\r\n"
              "Connection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "Sec-WebSocket-Protocol: chat\r\n"
              "\r\n");
    EXPECT_EQ(accepted->agreement.subprotocol, "chat");
}

TEST(Accept, AddsCompressionAndTheFieldsOfTheApplication) {
    const auto request =
        request_with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    const ServerPolicy policy{.compression = deflate::Options{.client_max_window_bits = 10},
                              .extra_fields = {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}};

    const auto accepted = accept(request, policy);

    ASSERT_TRUE(accepted.has_value());
    EXPECT_THAT(http::write_head(accepted->response).value(),
                EndsWith("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10"
                         "\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"));
    EXPECT_EQ(accepted->agreement.compression, deflate::Parameters{.client_max_window_bits = 10});
}

TEST(Accept, ChoosesTheFirstOfItsOwnSubprotocolsThatIsOffered) {
    EXPECT_EQ(
        agreement_on(sample_request(), {.subprotocols = {"x", "superchat", "chat"}}).subprotocol,
        "superchat");
}

TEST(Accept, GoesOnWithoutASubprotocolWhenNoneFits) {
    const auto accepted = accept(sample_request(), {.subprotocols = {"Chat"}});

    ASSERT_TRUE(accepted.has_value());
    EXPECT_FALSE(accepted->response.fields.has("Sec-WebSocket-Protocol"));
    EXPECT_EQ(agreement_on(request_without("Sec-WebSocket-Protocol"), {.subprotocols = {"chat"}})
                  .subprotocol,
              "");
}

TEST(Accept, CombinesSubprotocolsOfSeveralLines) {
    const auto request = request_with("sec-websocket-protocol", "third");

    EXPECT_EQ(agreement_on(request, {.subprotocols = {"third"}}).subprotocol, "third");
}

// RFC 6455 section 4.3: the grammar of the field, one token or more.
TEST(Accept, RefusesSubprotocolsThatAreMalformed) {
    for (const char* const offered : {"", ",", "a b", "a, b;c", "a\"b", "chat, chat", "\"chat\""}) {
        EXPECT_EQ(status_of(request_but("Sec-WebSocket-Protocol", offered)), 400) << offered;
    }
    EXPECT_EQ(status_of(request_with("Sec-WebSocket-Protocol", "chat")), 400);
}

TEST(Accept, RefusesMoreSubprotocolsThanAllowed) {
    std::string offered = "0";
    for (int count = 1; count < 32; ++count) offered += ", " + std::to_string(count);

    EXPECT_EQ(status_of(request_but("Sec-WebSocket-Protocol", offered)), 101);
    EXPECT_EQ(status_of(request_but("Sec-WebSocket-Protocol", offered + ", 32")), 400);
}

TEST(Accept, H05_TakesLinearTimeForLongRuns) {
    const std::string blanks = "b" + std::string(1'000'000, ' ') + "x";
    const std::string extensions = "a" + std::string(1'000'000, ';');

    EXPECT_EQ(status_of(request_but("Sec-WebSocket-Protocol", blanks)), 400);
    EXPECT_EQ(status_of(request_but("Sec-WebSocket-Extensions", extensions)), 400);
}

// RFC 6455 section 9.1 and RFC 7692 section 5.1.
TEST(Accept, DeclinesBadOffersAndRefusesAMalformedField) {
    const ServerPolicy policy{.compression = deflate::Options{}};
    const std::string_view name = "Sec-WebSocket-Extensions";

    EXPECT_EQ(agreement_on(request_but(name, "permessage-deflate; x, foo"), policy).compression,
              std::nullopt);
    EXPECT_EQ(agreement_on(request_but(name, "permessage-deflate; x, permessage-deflate"), policy)
                  .compression,
              deflate::Parameters{});
    EXPECT_EQ(status_of(request_but(name, "permessage-deflate;"), policy), 400);
    EXPECT_EQ(status_of(request_but(name, "permessage-deflate, =1"), policy), 400);
    EXPECT_EQ(status_of(request_but(name, ""), policy), 400);
}

TEST(Accept, KnowsNoExtensionUnlessCompressionIsWanted) {
    const auto request = request_with("Sec-WebSocket-Extensions", "permessage-deflate");
    const auto malformed = request_with("Sec-WebSocket-Extensions", "permessage-deflate;");

    EXPECT_EQ(agreement_on(request, {}).compression, std::nullopt);
    EXPECT_EQ(status_of(malformed), 400);
}

// RFC 6455 section 4.2.1: what a server must see in a request, here and below.
TEST(Accept, H08_RefusesEveryBadKey) {
    const std::string_view name = "Sec-WebSocket-Key";
    for (const char* const key : {"", "not base64", "AQIDBAUGBwgJCgsMDQ4P",
                                  "AQIDBAUGBwgJCgsMDQ4PEBE=", "dGhlIHNhbXBsZSBub25jZQ"}) {
        EXPECT_EQ(status_of(request_but(name, key)), 400) << key;
    }
    EXPECT_EQ(status_of(request_without(name)), 400);
    EXPECT_EQ(status_of(request_with(std::string(name), "dGhlIHNhbXBsZSBub25jZQ==")), 400);
}

TEST(Accept, H10_FindsUpgradeInConnectionOverAllLines) {
    EXPECT_EQ(status_of(request_but("Connection", "keep-alive, Upgrade")), 101);
    http::RequestHead request = request_but("Connection", "keep-alive");
    request.fields.add("connection", "x, UPGRADE");
    EXPECT_EQ(status_of(request), 101);
}

TEST(Accept, H10_RefusesAConnectionWithoutTheWholeToken) {
    for (const char* const connection :
         {"", "keep-alive", "notupgrade", "upgrade2", "\"upgrade\""}) {
        EXPECT_EQ(status_of(request_but("Connection", connection)), 400) << connection;
    }
    EXPECT_EQ(status_of(request_without("Connection")), 400);
}

TEST(Accept, H10_AsksForTheUpgradeThatIsMissing) {
    for (const char* const upgrade : {"", "notwebsocket", "websocket/13", "web, socket"}) {
        EXPECT_EQ(status_of(request_but("Upgrade", upgrade)), 426) << upgrade;
    }
    EXPECT_EQ(status_of(request_without("Upgrade")), 426);
    http::RequestHead two_lines = request_but("Upgrade", "h2c");
    two_lines.fields.add("Upgrade", "WebSocket");
    EXPECT_EQ(status_of(two_lines), 101);
}

// RFC 6455 section 4.4.
TEST(Accept, H11_AnswersEveryOtherVersionWithItsOwn) {
    for (const char* const version : {"", "12", "14", "013", "13, 8", "8, 13", "13 "}) {
        EXPECT_EQ(status_of(request_but("Sec-WebSocket-Version", version)), 426) << version;
    }
    EXPECT_EQ(status_of(request_without("Sec-WebSocket-Version")), 426);
    EXPECT_EQ(status_of(request_with("Sec-WebSocket-Version", "13")), 426);
}

TEST(Accept, H11_SaysWhatItSpeaks) {
    EXPECT_EQ(http::write_head(refusal_of(request_but("Sec-WebSocket-Version", "8")).response),
              "HTTP/1.1 426 Upgrade Required\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 45\r\n"
              "Connection: close, Upgrade\r\n"
              "Upgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "\r\n");
}

TEST(Accept, H12_AllowsNothingButGet) {
    for (const char* const method : {"POST", "HEAD", "get", "CONNECT"}) {
        http::RequestHead request = sample_request();
        request.method = method;

        EXPECT_EQ(status_of(request), 405) << method;
        EXPECT_THAT(refusal_of(request).response.fields.find("Allow"),
                    Optional(std::string("GET")));
    }
}

// RFC 9110 section 7.8: in HTTP/1.0 there is no Upgrade. Section 15.6.6: 505 is for major versions.
TEST(Accept, H12_WantsHttp11) {
    http::RequestHead request = sample_request();
    request.version_minor = 0;

    EXPECT_EQ(status_of(request), 426);
    EXPECT_TRUE(refusal_of(request).body.contains("HTTP/1.1"));
}

TEST(Accept, H12_WantsATargetInOriginForm) {
    for (const char* const target : {"http://server.example.com/chat", "*", "chat", "", "/a#b",
                                     "/#", "/a b", "/\x7f", "/\xc3\xa9", "server:80"}) {
        http::RequestHead request = sample_request();
        request.target = target;

        EXPECT_EQ(status_of(request), 400) << target;
    }
}

TEST(Accept, H12_WantsExactlyOneValidHost) {
    for (const char* const host :
         {"", "a b", "a/b", "user@a", "a:b", "a:99999", "a?b", "a#b", "[::1", ":80", "a, b"}) {
        EXPECT_EQ(status_of(request_but("Host", host)), 400) << host;
    }
    EXPECT_EQ(status_of(request_without("Host")), 400);
    EXPECT_EQ(status_of(request_with("Host", "server.example.com")), 400);
}

TEST(Accept, TakesEveryKindOfHost) {
    for (const char* const host : {"a", "A.example:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"}) {
        EXPECT_EQ(status_of(request_but("Host", host)), 101) << host;
    }
}

TEST(Accept, H13_RefusesEveryBody) {
    EXPECT_EQ(status_of(request_with("Content-Length", "5")), 400);
    EXPECT_EQ(status_of(request_with("Content-Length", "")), 400);
    EXPECT_EQ(status_of(request_with("Content-Length", "00")), 400);
    EXPECT_EQ(status_of(request_with("Transfer-Encoding", "chunked")), 400);
    EXPECT_EQ(status_of(request_with("Transfer-Encoding", "identity")), 400);
    EXPECT_EQ(status_of(request_with("Content-Length", "0")), 101);
}

TEST(Accept, H13_RefusesTwoLengthsAndALengthBesideACoding) {
    http::RequestHead differing = request_with("Content-Length", "0");
    differing.fields.add("Content-Length", "5");
    http::RequestHead equal = request_with("Content-Length", "0");
    equal.fields.add("Content-Length", "0");
    http::RequestHead both = request_with("Content-Length", "0");
    both.fields.add("Transfer-Encoding", "chunked");

    EXPECT_EQ(status_of(differing), 400);
    EXPECT_EQ(status_of(equal), 400);
    EXPECT_EQ(status_of(both), 400);
}

TEST(Accept, EndsTheConnectionWithALineForAPerson) {
    const Refused refused = refusal_of(request_without("Host"));

    EXPECT_EQ(refused.body, "The request needs exactly one valid Host field.\n");
    EXPECT_EQ(http::write_head(refused.response),
              "HTTP/1.1 400 Bad Request\r\n"
              "Connection: close\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 48\r\n"
              "\r\n");
}

// Row H16: an application that passes on what it was given must not split the response.
class BadPolicy : public ::testing::TestWithParam<std::string_view> {};

TEST_P(BadPolicy, H16_IsAnsweredWith500AndNothingOfIt) {
    const std::string bad = "x" + std::string(GetParam()) + "y";
    const ServerPolicy name{.extra_fields = {{bad, "value"}}};
    const ServerPolicy value{.extra_fields = {{"X", bad}}};
    const ServerPolicy subprotocol{.subprotocols = {bad}};

    for (const ServerPolicy& policy : {name, value, subprotocol}) {
        const Refused refused = refusal_of(sample_request(), policy);

        EXPECT_EQ(refused.response.status, 500);
        EXPECT_EQ(refused.body, "The server is not set up correctly.\n");
        EXPECT_TRUE(http::write_head(refused.response).has_value());
    }
}

TEST_P(BadPolicy, H16_IsAnsweredWith500InARejection) {
    const std::string bad = "x" + std::string(GetParam()) + "y";

    EXPECT_EQ(reject(403, {{bad, "value"}}).response.status, 500);
    EXPECT_EQ(reject(403, {{"X", bad}}, "secret").body, "The server is not set up correctly.\n");
}

INSTANTIATE_TEST_SUITE_P(ServerHandshake, BadPolicy,
                         ::testing::Values("\r", "\n", "\r\nX: ", std::string_view("\0", 1), "\x7f",
                                           "\xc3\xa9"));

TEST(Accept, AnswersFieldsOfTheHandshakeIn500) {
    EXPECT_EQ(status_of(sample_request(), {.extra_fields = {{"upgrade", "h2c"}}}), 500);
    EXPECT_EQ(status_of(sample_request(), {.extra_fields = {{"Sec-WebSocket-Accept", "x"}}}), 500);
    EXPECT_EQ(status_of(sample_request(), {.extra_fields = {{"Content-Length", "1"}}}), 500);
}

TEST(Accept, AnswersImpossibleOptionsIn500) {
    EXPECT_EQ(status_of(sample_request(), {.compression = deflate::Options{.level = 10}}), 500);
    EXPECT_EQ(status_of(sample_request(), {.subprotocols = {"a", "a"}}), 500);
}

TEST(Reject, WritesAnyStatusWithTheFieldsAndTheBodyOfTheApplication) {
    const Refused refused =
        reject(401, {{"WWW-Authenticate", "Basic realm=\"a\""}, {"content-type", "text/html"}},
               "<p>Who are you?");

    EXPECT_EQ(refused.body, "<p>Who are you?");
    EXPECT_EQ(http::write_head(refused.response),
              "HTTP/1.1 401 Unauthorized\r\n"
              "WWW-Authenticate: Basic realm=\"a\"\r\n"
              "content-type: text/html\r\n"
              "Connection: close\r\n"
              "Content-Length: 15\r\n"
              "\r\n");
}

TEST(Reject, WritesABodyOfItsOwnWhenThereIsNone) { EXPECT_EQ(reject(403).body, "403 Forbidden\n"); }

TEST(Reject, DecidesAloneHowTheBodyEnds) {
    const Refused refused = reject(
        403,
        {{"Transfer-Encoding", "chunked"}, {"content-length", "99"}, {"connection", "keep-alive"}});

    EXPECT_FALSE(refused.response.fields.has("Transfer-Encoding"));
    EXPECT_EQ(refused.response.fields.combined("Content-Length"), "14");
    EXPECT_EQ(refused.response.fields.combined("Connection"), "close");
}

TEST(Reject, SendsNoBodyWhereTheStatusHasNone) {
    for (const int status : {204, 304}) {
        const Refused refused = reject(status, {}, "body");

        EXPECT_EQ(refused.body, "");
        EXPECT_FALSE(refused.response.fields.has("Content-Length"));
    }
}

// RFC 9110 section 15.3.6. Its end is found by a length only.
TEST(Reject, SendsNoContentWith205ButItsLength) {
    const Refused refused = reject(205, {}, "body");

    EXPECT_EQ(refused.body, "");
    EXPECT_EQ(refused.response.fields.combined("Content-Length"), "0");
}

TEST(UpgradeRequired, SaysWhatToAskFor) {
    const Refused refused = upgrade_required("Upgrade!\n");

    EXPECT_EQ(refused.response.status, 426);
    EXPECT_EQ(refused.response.fields.combined("Upgrade"), "websocket");
    EXPECT_EQ(refused.response.fields.combined("Connection"), "close, Upgrade");
    EXPECT_EQ(refused.response.fields.combined("Sec-WebSocket-Version"), "13");
    EXPECT_EQ(refused.body, "Upgrade!\n");
}

TEST(Reject, NeverSendsAStatusThatIsNoFinalAnswer) {
    EXPECT_EQ(reject(101).response.status, 500);
    EXPECT_EQ(reject(199).response.status, 500);
    EXPECT_EQ(reject(200).response.status, 200);
    EXPECT_EQ(reject(599).response.status, 599);
    EXPECT_EQ(reject(600).response.status, 500);
}

// Row H18. Whether a page of that origin may come in; the server is https://good.com.
bool is_same(std::string_view origin, std::string_view host = "good.com", bool secure = true) {
    http::RequestHead request = request_but("Host", std::string(host));
    request.fields.set("Origin", std::string(origin));
    return is_same_origin(request, secure);
}

// RFC 6455 section 10.2.
TEST(SameOrigin, H18_IsEqualInSchemeHostAndPort) {
    EXPECT_TRUE(is_same("https://good.com"));
    EXPECT_TRUE(is_same("https://GOOD.com:443"));
    EXPECT_TRUE(is_same("HTTPS://good.com", "Good.Com:443"));
    EXPECT_TRUE(is_same("http://good.com", "good.com:80", false));
    EXPECT_TRUE(is_same("http://good.com:8080", "good.com:8080", false));
    EXPECT_TRUE(is_same("http://[::1]:8080", "[::1]:8080", false));
}

// Browsers write the shortest form; a person who types the address may not, nor a program.
TEST(SameOrigin, H18_IsEqualHoweverAnIpv6AddressIsSpelled) {
    EXPECT_TRUE(is_same("http://[::1]:8080", "[0:0:0:0:0:0:0:1]:8080", false));
    EXPECT_TRUE(is_same("https://[2001:DB8:0::1]", "[2001:db8::1]:443"));
    EXPECT_FALSE(is_same("https://[::1]", "[::2]"));
    EXPECT_FALSE(is_same("https://[::1]", "[::1]:8443"));
}

TEST(SameOrigin, H18_FillsInThePortOfItsOwnSchemeOnly) {
    EXPECT_TRUE(is_same("https://good.com", "good.com:443"));
    EXPECT_TRUE(is_same("http://good.com", "good.com:80", false));
    EXPECT_FALSE(is_same("https://good.com", "good.com:80"));
    EXPECT_FALSE(is_same("https://good.com:80", "good.com"));
    EXPECT_FALSE(is_same("http://good.com", "good.com:443", false));
    EXPECT_FALSE(is_same("http://good.com:443", "good.com", false));
}

TEST(SameOrigin, H18_IsNotAnotherHost) {
    EXPECT_FALSE(is_same("https://evil.com"));
    EXPECT_FALSE(is_same("https://good.com.evil.com"));
    EXPECT_FALSE(is_same("https://evilgood.com"));
    EXPECT_FALSE(is_same("https://good.com@evil.com"));
    EXPECT_FALSE(is_same("https://good.co"));
}

TEST(SameOrigin, H18_IsNotAnotherSchemeOrPort) {
    EXPECT_FALSE(is_same("http://good.com"));
    EXPECT_FALSE(is_same("https://good.com", "good.com", false));
    EXPECT_FALSE(is_same("http://good.com:443"));
    EXPECT_FALSE(is_same("https://good.com:444"));
    EXPECT_FALSE(is_same("https://good.com", "good.com:8443"));
    EXPECT_FALSE(is_same("wss://good.com"));
}

TEST(SameOrigin, H18_IsNotWhatIsNoOrigin) {
    EXPECT_FALSE(is_same("null"));
    EXPECT_FALSE(is_same(""));
    EXPECT_FALSE(is_same("good.com"));
    EXPECT_FALSE(is_same("https://"));
    EXPECT_FALSE(is_same("https://good.com/"));
    EXPECT_FALSE(is_same("https://user@good.com"));
    EXPECT_FALSE(is_same("https://good.com https://good.com"));
    EXPECT_FALSE(is_same("*", "*"));
    EXPECT_FALSE(is_same("https://*", "*"));
    EXPECT_FALSE(is_same("null", "null"));
}

TEST(SameOrigin, H18_IsNotTwoOrigins) {
    http::RequestHead request = request_but("Host", "good.com");
    request.fields.set("Origin", "https://good.com");
    request.fields.add("Origin", "https://good.com");

    EXPECT_FALSE(is_same_origin(request, true));
}

TEST(SameOrigin, H18_IsTakenForGrantedWithoutOrigin) {
    EXPECT_TRUE(is_same_origin(request_without("Origin"), true));
}

TEST(SameOrigin, H18_NeedsAHost) {
    EXPECT_FALSE(is_same_origin(request_without("Host"), false));
    EXPECT_FALSE(is_same_origin(request_with("Host", "example.com"), false));
}

}  // namespace
}  // namespace tautline::websocket
