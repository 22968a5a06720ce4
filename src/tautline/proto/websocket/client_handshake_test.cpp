// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/client_handshake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/head_writer.hpp>

namespace tautline::websocket {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// RFC 6455 section 1.3: the nonce is "the sample nonce", its answer is kAccept.
std::array<std::byte, 16> sample_nonce() {
    std::array<std::byte, 16> nonce{};
    std::ranges::copy(as_bytes("the sample nonce"), nonce.begin());
    return nonce;
}

constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

ClientOffer offer_to(std::string_view url) {
    ClientOffer offer;
    offer.uri = http::parse_uri(url).value();
    return offer;
}

std::string request_for(const ClientOffer& offer) {
    const auto handshake = ClientHandshake::begin(offer, sample_nonce());
    if (!handshake) return handshake.error().message;
    return http::write_head(handshake->request()).value();
}

std::optional<std::string> field_of(const ClientOffer& offer, std::string_view name) {
    const auto handshake = ClientHandshake::begin(offer, sample_nonce()).value();
    const auto value = handshake.request().fields.find(name);
    if (!value) return std::nullopt;
    return std::string(*value);
}

Error misuse_of(const ClientOffer& offer) {
    const auto handshake = ClientHandshake::begin(offer, sample_nonce());
    return handshake ? Error{} : handshake.error();
}

http::ResponseHead response_101() {
    return {.status = 101,
            .reason = "Switching Protocols",
            .fields = {{"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Accept", std::string(kAccept)}}};
}

http::ResponseHead response_with(std::string name, std::string value) {
    http::ResponseHead response = response_101();
    response.fields.add(std::move(name), std::move(value));
    return response;
}

http::ResponseHead response_but(std::string_view name, std::string value) {
    http::ResponseHead response = response_101();
    response.fields.set(name, std::move(value));
    return response;
}

std::expected<Agreement, Error> answer(const ClientOffer& offer,
                                       const http::ResponseHead& response) {
    return ClientHandshake::begin(offer, sample_nonce()).value().receive(response);
}

std::error_code code_of(const http::ResponseHead& response,
                        const ClientOffer& offer = offer_to("ws://a/")) {
    const auto agreement = answer(offer, response);
    return agreement ? std::error_code() : agreement.error().code;
}

TEST(ClientHandshake, WritesTheSmallestRequestAsBrowsersDo) {
    EXPECT_EQ(request_for(offer_to("ws://example.org:8080/chat?room=1")),
              "GET /chat?room=1 HTTP/1.1\r\n"
              "Host: example.org:8080\r\n"
              "Connection: Upgrade\r\n"
              "User-Agent: tautline\r\n"
              "Upgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "\r\n");
}

TEST(ClientHandshake, WritesEverythingThatIsOffered) {
    ClientOffer offer = offer_to("ws://example.org/");
    offer.subprotocols = {"chat", "superchat"};
    offer.compression = deflate::Options{};
    offer.extra_fields = {{"Origin", "http://example.org"}, {"Cookie", "a=1"}, {"Cookie", "b=2"}};

    EXPECT_EQ(request_for(offer),
              "GET / HTTP/1.1\r\n"
              "Host: example.org\r\n"
              "Connection: Upgrade\r\n"
              "User-Agent: tautline\r\n"
              "Upgrade: websocket\r\n"
              "Origin: http://example.org\r\n"
              "Cookie: a=1\r\n"
              "Cookie: b=2\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
              "Sec-WebSocket-Protocol: chat, superchat\r\n"
              "\r\n");
}

TEST(ClientHandshake, LetsHostAndUserAgentBeReplaced) {
    ClientOffer offer = offer_to("ws://127.0.0.1/");
    offer.extra_fields = {{"user-agent", "mine"}, {"host", "example.org"}};

    EXPECT_EQ(field_of(offer, "Host"), "example.org");
    EXPECT_EQ(field_of(offer, "User-Agent"), "mine");
    EXPECT_THAT(request_for(offer), Not(HasSubstr("127.0.0.1")));
}

TEST(ClientHandshake, LeavesOutAnEmptyUserAgent) {
    ClientOffer offer = offer_to("ws://a/");
    offer.user_agent = "";

    EXPECT_EQ(field_of(offer, "User-Agent"), std::nullopt);
}

// RFC 7617 section 2.
TEST(ClientHandshake, TurnsUserinfoIntoBasicAuthorization) {
    EXPECT_EQ(field_of(offer_to("ws://Aladdin:open%20sesame@a/"), "Authorization"),
              "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(field_of(offer_to("ws://a/"), "Authorization"), std::nullopt);
}

TEST(ClientHandshake, PrefersAnAuthorizationThatIsGiven) {
    ClientOffer offer = offer_to("ws://user:password@a/");
    offer.extra_fields = {{"authorization", "Bearer token"}};

    EXPECT_EQ(field_of(offer, "Authorization"), "Bearer token");
    EXPECT_THAT(request_for(offer), Not(HasSubstr("Basic")));
}

TEST(ClientHandshake, RefusesSubprotocolsThatAreNoTokens) {
    ClientOffer offer = offer_to("ws://a/");
    offer.subprotocols = {"chat", "super chat"};

    EXPECT_EQ(misuse_of(offer).code, UsageError::option_invalid);
}

TEST(ClientHandshake, RefusesASubprotocolThatIsOfferedTwice) {
    ClientOffer offer = offer_to("ws://a/");
    offer.subprotocols = {"chat", "chat"};

    EXPECT_EQ(misuse_of(offer).code, UsageError::option_invalid);
}

TEST(ClientHandshake, OffersAtMost32Subprotocols) {
    ClientOffer offer = offer_to("ws://a/");
    for (int count = 0; count < 32; ++count) offer.subprotocols.push_back(std::to_string(count));
    EXPECT_FALSE(misuse_of(offer).code);
    offer.subprotocols.emplace_back("one-more");

    EXPECT_EQ(misuse_of(offer).code, UsageError::option_invalid);
}

TEST(ClientHandshake, RefusesCompressionOptionsOutOfRange) {
    ClientOffer offer = offer_to("ws://a/");
    offer.compression = deflate::Options{.client_max_window_bits = 8};

    EXPECT_EQ(misuse_of(offer).code, UsageError::option_invalid);
}

TEST(ClientHandshake, RefusesFieldsThatBelongToTheHandshake) {
    for (const char* const name :
         {"Upgrade", "connection", "Sec-WebSocket-Key", "Content-Length", "transfer-encoding"}) {
        ClientOffer offer = offer_to("ws://a/");
        offer.extra_fields = {{name, "x"}};

        EXPECT_EQ(misuse_of(offer).code, UsageError::header_invalid) << name;
        EXPECT_THAT(misuse_of(offer).message, HasSubstr(name));
    }
}

TEST(ClientHandshake, RefusesFieldsTwiceThatExistOnce) {
    for (const char* const name : {"Host", "Origin", "User-Agent", "Authorization"}) {
        ClientOffer offer = offer_to("ws://a/");
        offer.extra_fields = {{name, "x"}, {name, "y"}};

        EXPECT_EQ(misuse_of(offer).code, UsageError::header_invalid) << name;
    }
}

// Row H16: a byte that must not travel, wherever an application can bring it in.
class Injection : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Injection, H16_IsRefusedInEveryPartOfTheRequest) {
    const std::string bad = "x" + std::string(GetParam()) + "y";
    ClientOffer name = offer_to("ws://a/");
    name.extra_fields = {{bad, "value"}};
    ClientOffer value = offer_to("ws://a/");
    value.extra_fields = {{"Origin", bad}};
    ClientOffer target = offer_to("ws://a/");
    target.uri.target = "/" + bad;
    ClientOffer host = offer_to("ws://a/");
    host.uri.host = bad;
    ClientOffer agent = offer_to("ws://a/");
    agent.user_agent = bad;
    ClientOffer subprotocol = offer_to("ws://a/");
    subprotocol.subprotocols = {bad};

    EXPECT_EQ(misuse_of(name).code, UsageError::header_invalid);
    EXPECT_EQ(misuse_of(value).code, UsageError::header_invalid);
    EXPECT_EQ(misuse_of(target).code, UsageError::header_invalid);
    EXPECT_EQ(misuse_of(host).code, UsageError::header_invalid);
    EXPECT_EQ(misuse_of(agent).code, UsageError::header_invalid);
    EXPECT_EQ(misuse_of(subprotocol).code, UsageError::option_invalid);
}

INSTANTIATE_TEST_SUITE_P(ClientHandshake, Injection,
                         ::testing::Values("\r", "\n", "\r\nX: ", std::string_view("\0", 1), "\x7f",
                                           "\xc3\xa9"));

TEST(ClientHandshake, H16_RefusesBlanksAtTheEndsOfTheUserAgent) {
    ClientOffer offer = offer_to("ws://a/");
    offer.user_agent = " agent";

    EXPECT_EQ(misuse_of(offer).code, UsageError::header_invalid);
}

TEST(ClientHandshake, SaysWhereItWasGoingAndKeepsSecretsToItself) {
    ClientOffer offer = offer_to("ws://user:secret@Example.org/path?token=secret");
    offer.extra_fields = {{"X-Token", "secret\n"}};

    const Error error = misuse_of(offer);

    EXPECT_EQ(error.phase, Phase::usage);
    EXPECT_EQ(error.endpoint, "example.org:80");
    EXPECT_THAT(error.to_string(), Not(HasSubstr("secret")));
}

TEST(ClientHandshake, TakesThePlainAnswer) {
    const auto agreement = answer(offer_to("ws://a/"), response_101());

    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->subprotocol, "");
    EXPECT_EQ(agreement->compression, std::nullopt);
}

TEST(ClientHandshake, TakesAnAnswerInOtherCaseAndWithMoreInConnection) {
    http::ResponseHead response = response_but("Upgrade", "WebSocket");
    response.fields.set("Connection", "keep-alive");
    response.fields.add("connection", "x, UPGRADE");

    EXPECT_FALSE(code_of(response));
}

TEST(ClientHandshake, TakesASubprotocolThatWasOffered) {
    ClientOffer offer = offer_to("ws://a/");
    offer.subprotocols = {"chat", "superchat"};

    const auto agreement = answer(offer, response_with("Sec-WebSocket-Protocol", "superchat"));

    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->subprotocol, "superchat");
    EXPECT_TRUE(answer(offer, response_101()).has_value());
}

TEST(ClientHandshake, H07_RefusesASubprotocolThatWasNotOffered) {
    ClientOffer offer = offer_to("ws://a/");
    offer.subprotocols = {"chat", "superchat"};
    for (const char* const chosen : {"other", "Chat", "chat, superchat", "", "chat2"}) {
        EXPECT_EQ(code_of(response_with("Sec-WebSocket-Protocol", chosen), offer),
                  HandshakeError::subprotocol_unexpected)
            << chosen;
    }
    EXPECT_EQ(code_of(response_with("Sec-WebSocket-Protocol", "chat")),
              HandshakeError::subprotocol_unexpected);
}

TEST(ClientHandshake, H07_RefusesTwoSubprotocolFields) {
    ClientOffer offer = offer_to("ws://a/");
    offer.subprotocols = {"chat"};
    http::ResponseHead response = response_with("Sec-WebSocket-Protocol", "chat");
    response.fields.add("Sec-WebSocket-Protocol", "chat");

    EXPECT_EQ(code_of(response, offer), HandshakeError::subprotocol_unexpected);
}

TEST(ClientHandshake, TakesCompressionThatWasOffered) {
    ClientOffer offer = offer_to("ws://a/");
    offer.compression = deflate::Options{};

    const auto agreement =
        answer(offer, response_with("Sec-WebSocket-Extensions",
                                    "permessage-deflate; server_no_context_takeover"));

    ASSERT_TRUE(agreement.has_value());
    EXPECT_EQ(agreement->compression, deflate::Parameters{.server_no_context_takeover = true});
    EXPECT_EQ(answer(offer, response_101())->compression, std::nullopt);
}

TEST(ClientHandshake, H07_RefusesExtensionsThatWereNotOffered) {
    ClientOffer offer = offer_to("ws://a/");
    offer.compression = deflate::Options{};
    for (const char* const chosen :
         {"foo", "permessage-deflate, foo", "permessage-deflate; foo",
          "permessage-deflate, permessage-deflate", "", "permessage-deflate;"}) {
        EXPECT_EQ(code_of(response_with("Sec-WebSocket-Extensions", chosen), offer),
                  HandshakeError::extension_unexpected)
            << chosen;
    }
    EXPECT_EQ(code_of(response_with("Sec-WebSocket-Extensions", "permessage-deflate")),
              HandshakeError::extension_unexpected);
}

TEST(ClientHandshake, H07_RefusesTwoExtensionFields) {
    ClientOffer offer = offer_to("ws://a/");
    offer.compression = deflate::Options{};
    http::ResponseHead response = response_with("Sec-WebSocket-Extensions", "permessage-deflate");
    response.fields.add("Sec-WebSocket-Extensions", "permessage-deflate");

    EXPECT_EQ(code_of(response, offer), HandshakeError::extension_unexpected);
}

TEST(ClientHandshake, H09_RefusesEveryAcceptThatIsNotTheRightOne) {
    for (const char* const accept :
         {"", "s3pplmbitxaq9kygzzhzrbk+xoo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
          "s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ", " s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
          "\"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"", "dGhlIHNhbXBsZSBub25jZQ=="}) {
        EXPECT_EQ(code_of(response_but("Sec-WebSocket-Accept", accept)),
                  HandshakeError::accept_wrong)
            << accept;
    }
}

TEST(ClientHandshake, H09_RefusesAMissingAcceptAndTwoOfThem) {
    http::ResponseHead missing = response_101();
    missing.fields.remove("Sec-WebSocket-Accept");

    EXPECT_EQ(code_of(missing), HandshakeError::accept_wrong);
    EXPECT_EQ(code_of(response_with("Sec-WebSocket-Accept", std::string(kAccept))),
              HandshakeError::accept_wrong);
}

TEST(ClientHandshake, H10_RefusesEveryUpgradeButWebsocket) {
    for (const char* const upgrade : {"", "notwebsocket", "websocket/13", "h2c, websocket"}) {
        EXPECT_EQ(code_of(response_but("Upgrade", upgrade)), HandshakeError::upgrade_missing);
    }
}

TEST(ClientHandshake, H10_RefusesAConnectionWithoutTheTokenUpgrade) {
    for (const char* const connection : {"", "close", "notupgrade", "upgrade-me", "\"upgrade\""}) {
        EXPECT_EQ(code_of(response_but("Connection", connection)),
                  HandshakeError::connection_missing);
    }
}

TEST(ClientHandshake, H15_RefusesA101WithoutUpgrade) {
    EXPECT_EQ(code_of({.status = 101, .reason = {}, .fields = {}}),
              HandshakeError::upgrade_missing);
}

TEST(ClientHandshake, H15_RefusesA101InHttp10) {
    http::ResponseHead response = response_101();
    response.version_minor = 0;

    EXPECT_EQ(code_of(response), HandshakeError::response_malformed);
}

TEST(ClientHandshake, H15_RefusesA101WithABody) {
    EXPECT_EQ(code_of(response_with("Content-Length", "5")), HandshakeError::body_unexpected);
    EXPECT_EQ(code_of(response_with("Transfer-Encoding", "chunked")),
              HandshakeError::body_unexpected);
    EXPECT_FALSE(code_of(response_with("Content-Length", "0")));
}

TEST(ClientHandshake, H15_RefusesEveryOtherStatus) {
    for (const int status : {100, 103, 200, 204, 301, 401, 403, 426, 503}) {
        http::ResponseHead response = response_101();
        response.status = status;

        EXPECT_EQ(code_of(response), HandshakeError::rejected) << status;
    }
}

TEST(ClientHandshake, TellsWhatTheServerSaidInstead) {
    const http::ResponseHead response{
        .status = 403, .reason = "Go Away", .fields = {{"Server", "x"}, {"X-Reason", "y"}}};

    const auto agreement = answer(offer_to("wss://user:secret@example.org/?secret"), response);

    ASSERT_FALSE(agreement.has_value());
    const Error& error = agreement.error();
    EXPECT_EQ(error.phase, Phase::handshake);
    EXPECT_EQ(error.endpoint, "example.org:443");
    EXPECT_THAT(error.message, HasSubstr("403 Forbidden"));
    EXPECT_THAT(error.to_string(), Not(HasSubstr("secret")));
    ASSERT_NE(error.refusal, nullptr);
    EXPECT_EQ(error.refusal->status, 403);
    EXPECT_EQ(error.refusal->reason, "Go Away");
    EXPECT_THAT(error.refusal->headers, ::testing::ElementsAre(::testing::Pair("Server", "x"),
                                                               ::testing::Pair("X-Reason", "y")));
    EXPECT_EQ(error.refusal->body, "");
}

TEST(ClientHandshake, TellsAStatusThatHasNoName) {
    const auto agreement = answer(offer_to("ws://a/"), {.status = 599, .reason = {}, .fields = {}});

    EXPECT_EQ(agreement.error().message,
              "the server answered 599 instead of 101 Switching Protocols");
}

TEST(ClientHandshake, NamesEndpointsOfEveryKind) {
    const http::ResponseHead response{.status = 500, .reason = {}, .fields = {}};

    EXPECT_EQ(answer(offer_to("ws://[::1]:90/"), response).error().endpoint, "[::1]:90");
    EXPECT_EQ(answer(offer_to("ws+unix:/run/a.sock:/x"), response).error().endpoint,
              "unix:/run/a.sock");
}

}  // namespace
}  // namespace tautline::websocket
