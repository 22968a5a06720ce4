// SPDX-License-Identifier: MIT
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/routes_fixture.hpp>

#include <tautline/server/routes.hpp>

namespace tautline::server {
namespace {

using http::RequestHead;
using websocket::Refused;

// ── WebSockets ──

TEST_F(RoutesTest, OpensAWebSocket) {
    const auto call =
        upgrade_call(upgrade("/chat/red?x", {{"Sec-WebSocket-Protocol", "xml, json"}}));

    ASSERT_TRUE(call);
    EXPECT_EQ(call->parameters, (Parameters{{"room", "red"}}));
    EXPECT_EQ(call->accepted.response.status, 101);
    EXPECT_EQ(call->accepted.agreement.subprotocol, "json");
}

TEST_F(RoutesTest, PrefersTheWebSocketOfAPathThatHasBoth) {
    EXPECT_TRUE(upgrade_call(upgrade("/both")));
    EXPECT_TRUE(std::holds_alternative<PlainCall>(routes.dispatch(get("/both"), false)));
}

TEST_F(RoutesTest, H10_DoesNotAnswerAHandshakeWithoutUpgradeWithThePage) {
    for (const char* upgrade_to : {"notwebsocket", "websocket/13", "h2c"}) {
        RequestHead request = upgrade("/both");
        request.fields.set("Upgrade", upgrade_to);
        EXPECT_EQ(status(request), 426) << upgrade_to;
    }
    RequestHead request = upgrade("/both");
    request.fields.remove("Upgrade");
    EXPECT_EQ(status(request), 426);
}

TEST_F(RoutesTest, OverHttp2AKeyMeansNothing) {
    RequestHead request = get("/both");
    request.version_major = 2;
    request.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_TRUE(std::holds_alternative<PlainCall>(routes.dispatch(request, true)));
}

TEST_F(RoutesTest, AKeyDoesNotHideAPageWithoutAWebSocket) {
    RequestHead request = get("/health");
    request.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_TRUE(std::holds_alternative<PlainCall>(routes.dispatch(request, false)));
}

TEST_F(RoutesTest, DoesNotFindAWebSocketWhereThereAreOnlyPages) {
    EXPECT_EQ(status(upgrade("/health")), 404);
    EXPECT_FALSE(keeps_connection(upgrade("/health")));
}

TEST_F(RoutesTest, RefusesABadRequestForAWebSocket) {
    RequestHead request = upgrade("/echo");
    request.fields.set("Sec-WebSocket-Key", "short");
    EXPECT_EQ(status(request), 400);
    request = upgrade("/echo");
    request.fields.set("Sec-WebSocket-Version", "8");
    EXPECT_EQ(status(request), 426);
}

TEST_F(RoutesTest, AgreesOnCompressionOnlyWhereARouteHasIt) {
    routes.add_websocket("/small", {}, {.connection = {.compression = deflate::Options{}}});
    const http::FieldList offer{{"Sec-WebSocket-Extensions", "permessage-deflate"}};

    EXPECT_FALSE(upgrade_call(upgrade("/echo", offer))->accepted.agreement.compression);
    EXPECT_TRUE(upgrade_call(upgrade("/small", offer))->accepted.agreement.compression);
}

TEST_F(RoutesTest, AgreesOnNoCompressionThatTheEngineCannotDo) {
    websocket::EngineKind plain = websocket::native_engine();
    plain.compression = false;
    routes.add_websocket("/small", {},
                         {.connection = {.compression = deflate::Options{}}, .engine = &plain});
    const http::FieldList offer{{"Sec-WebSocket-Extensions", "permessage-deflate"}};

    EXPECT_FALSE(upgrade_call(upgrade("/small", offer))->accepted.agreement.compression);
}

// ── origins (rows H18, H19) ──

TEST_F(RoutesTest, WelcomesRequestsWithoutAnOrigin) { EXPECT_EQ(status(upgrade("/echo")), 0); }

TEST_F(RoutesTest, WelcomesItsOwnOrigin) {
    EXPECT_EQ(status(upgrade("/echo", {{"Origin", "http://example.org"}})), 0);
    EXPECT_EQ(status(upgrade("/echo", {{"Origin", "https://EXAMPLE.org:443"}}), true), 0);
}

TEST_F(RoutesTest, RefusesEveryForeignOrigin) {
    for (const char* origin : {"null", "http://evil.com", "http://example.org.evil.com",
                               "https://example.org", "http://example.org:81", "example.org", ""}) {
        EXPECT_EQ(status(upgrade("/echo", {{"Origin", origin}})), 403) << origin;
    }
}

TEST_F(RoutesTest, RefusesTwoOrigins) {
    EXPECT_EQ(status(upgrade("/echo",
                             {{"Origin", "http://example.org"}, {"Origin", "http://example.org"}})),
              403);
}

TEST_F(RoutesTest, WelcomesTheOriginsThatARouteAllows) {
    routes.add_websocket("/api", {}, {.allowed_origins = {"https://app.example"}});

    EXPECT_EQ(status(upgrade("/api", {{"Origin", "https://app.example"}})), 0);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "http://example.org"}})), 0);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "https://app.example.evil"}})), 403);
    EXPECT_EQ(status(upgrade(
                  "/api", {{"Origin", "https://app.example"}, {"Origin", "https://app.example"}})),
              403);
}

// RFC 6454 section 6: browsers leave out the port of the scheme.
TEST_F(RoutesTest, ComparesOriginsWithoutThePortOfTheirScheme) {
    routes.add_websocket("/api", {}, {.allowed_origins = {"https://App.example:443", "null"}});

    EXPECT_EQ(status(upgrade("/api", {{"Origin", "https://app.example"}})), 0);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "https://APP.example:443"}})), 0);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "null"}})), 0);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "http://app.example"}})), 403);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", "https://app.example/"}})), 403);
    EXPECT_EQ(status(upgrade("/api", {{"Origin", ""}})), 403);
}

TEST_F(RoutesTest, WelcomesAnyOriginWhereARouteSaysSo) {
    routes.add_websocket("/open", {}, {.allow_any_origin = true});

    EXPECT_EQ(status(upgrade("/open", {{"Origin", "null"}})), 0);
}

}  // namespace
}  // namespace tautline::server
