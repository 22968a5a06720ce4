// SPDX-License-Identifier: MIT
#include <tautline/server/routes.hpp>

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace tautline::server {
namespace {

using http::RequestHead;
using websocket::Refused;

RequestHead get(std::string target) {
    return {.method = "GET", .target = std::move(target), .fields = {{"Host", "example.org"}}};
}

RequestHead upgrade(std::string target, const http::FieldList& more = {}) {
    RequestHead request = get(std::move(target));
    request.fields.add("Upgrade", "websocket");
    request.fields.add("Connection", "Upgrade");
    request.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    request.fields.add("Sec-WebSocket-Version", "13");
    for (const auto& [name, value] : more) request.fields.add(name, value);
    return request;
}

struct RoutesTest : testing::Test {
    RoutesTest() {
        routes.add_get("/health", [](const Request&) { return Response::text("ok"); });
        routes.add_get("/users/{id}", [](const Request&) { return Response::text("user"); });
        routes.add_websocket("/echo", {}, {});
        routes.add_websocket("/chat/{room}", {}, {.subprotocols = {"json"}});
        routes.add_get("/both", [](const Request&) { return Response::text("page"); });
        routes.add_websocket("/both", {}, {});
    }

    /// The status of the answer, 0 when the application is called.
    int status(const RequestHead& request, bool secure = false) {
        const auto dispatch = routes.dispatch(request, secure);
        if (const auto* refused = std::get_if<Refused>(&dispatch)) return refused->response.status;
        if (const auto* response = std::get_if<Response>(&dispatch)) return response->status;
        return 0;
    }
    std::optional<UpgradeCall> upgrade_call(const RequestHead& request) {
        auto dispatch = routes.dispatch(request, false);
        if (auto* call = std::get_if<UpgradeCall>(&dispatch)) return std::move(*call);
        return std::nullopt;
    }
    bool keeps_connection(const RequestHead& request) {
        return !std::holds_alternative<Refused>(routes.dispatch(request, false)) &&
               persists(request);
    }

    Routes routes;
};

// ── plain requests ──

TEST_F(RoutesTest, CallsTheHandlerOfAPath) {
    const auto dispatch = routes.dispatch(get("/users/7?full=1"), false);

    const auto* call = std::get_if<PlainCall>(&dispatch);
    ASSERT_TRUE(call);
    EXPECT_EQ((*call->handler)({}).body, "user");
    EXPECT_EQ(call->parameters, (Parameters{{"id", "7"}}));
}

TEST_F(RoutesTest, CallsTheHandlerForHead) {
    RequestHead request = get("/health");
    request.method = "HEAD";
    EXPECT_EQ(status(request), 0);
}

TEST_F(RoutesTest, DoesNotFindAPathThatNobodyServes) {
    EXPECT_EQ(status(get("/nothing")), 404);
    EXPECT_TRUE(keeps_connection(get("/nothing")));
}

TEST_F(RoutesTest, RefusesOtherMethodsAndSaysWhichAreAllowed) {
    RequestHead request = get("/health");
    request.method = "DELETE";

    const auto dispatch = routes.dispatch(request, false);

    const auto* response = std::get_if<Response>(&dispatch);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 405);
    EXPECT_EQ(response->headers.find("Allow"), "GET, HEAD");
}

TEST_F(RoutesTest, DoesNotFindOtherMethodsWhereNobodyServes) {
    RequestHead request = get("/nothing");
    request.method = "POST";
    EXPECT_EQ(status(request), 404);
}

// RFC 9110 section 15.5.22: a 426 says what to upgrade to.
TEST_F(RoutesTest, AsksAPlainRequestForAWebSocketToUpgrade) {
    const auto dispatch = routes.dispatch(get("/echo"), false);

    const auto* refused = std::get_if<Refused>(&dispatch);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->response.status, 426);
    EXPECT_EQ(refused->response.fields.find("Upgrade"), "websocket");
}

// RFC 9110 section 9.3.2: as GET. Section 15.6.6: a 505 is about another major version.
TEST_F(RoutesTest, AsksHeadAndHttp10ToUpgradeAsGet) {
    RequestHead head = get("/echo");
    head.method = "HEAD";
    EXPECT_EQ(status(head), 426);
    for (const char* method : {"GET", "HEAD"}) {
        RequestHead old = get("/echo");
        old.method = method;
        old.version_minor = 0;
        EXPECT_EQ(status(old), 426) << method;
        old.fields.remove("Host");
        EXPECT_EQ(status(old), 426) << method;
    }
}

TEST_F(RoutesTest, AnswersHeadOfHttp2AsGet) {
    RequestHead request = get("/echo");
    request.version_major = 2;
    request.method = "HEAD";
    EXPECT_EQ(status(request), 405);
}

TEST_F(RoutesTest, RefusesOtherMethodsOfHttp10ForAWebSocketToo) {
    RequestHead request = get("/echo");
    request.method = "POST";
    request.version_minor = 0;
    EXPECT_EQ(status(request), 405);
}

TEST_F(RoutesTest, OpensNoWebSocketForHead) {
    RequestHead request = upgrade("/echo");
    request.method = "HEAD";
    EXPECT_EQ(status(request), 405);
}

// RFC 9110 section 7.8: in HTTP/1.0 an Upgrade is ignored, and so is what else belongs to it.
TEST_F(RoutesTest, AnswersHttp10WithAnUpgradeAsIfItHadNone) {
    const auto plain = [this](const char* target) {
        RequestHead request = upgrade(target);
        request.version_minor = 0;
        const int with_upgrade = status(request);
        request.fields.remove("Upgrade");
        EXPECT_EQ(status(request), with_upgrade) << target;
        return with_upgrade;
    };
    EXPECT_EQ(plain("/health"), 0);
    EXPECT_EQ(plain("/both"), 0);
    EXPECT_EQ(plain("/echo"), 426);
    EXPECT_EQ(plain("/nothing"), 404);
}

TEST_F(RoutesTest, TellsHttp10WhichVersionAWebSocketNeeds) {
    RequestHead request = upgrade("/echo");
    request.version_minor = 0;
    const auto dispatch = routes.dispatch(request, false);

    const auto* refused = std::get_if<Refused>(&dispatch);
    ASSERT_TRUE(refused);
    EXPECT_TRUE(refused->body.contains("HTTP/1.1")) << refused->body;
}

// RFC 9113 section 8.6: HTTP/2 has no upgrade. RFC 9110 section 15.5.6: a 405 says what is allowed.
TEST_F(RoutesTest, AsksAPlainRequestOfHttp2ForAWebSocketToConnect) {
    RequestHead request = get("/echo");
    request.version_major = 2;
    const auto dispatch = routes.dispatch(request, false);

    const auto* refused = std::get_if<Refused>(&dispatch);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->response.status, 405);
    EXPECT_EQ(refused->response.fields.find("Allow"), "CONNECT");
    EXPECT_FALSE(refused->response.fields.has("Sec-WebSocket-Version"));
}

TEST_F(RoutesTest, RefusesOtherMethodsForAWebSocket) {
    RequestHead request = get("/echo");
    request.method = "POST";
    EXPECT_EQ(status(request), 405);
}

TEST_F(RoutesTest, TakesAnUpgradeToSomethingElseForAPlainRequest) {
    RequestHead request = get("/health");
    request.fields.add("Upgrade", "h2c");
    EXPECT_EQ(status(request), 0);
}

TEST_F(RoutesTest, RefusesAParameterThatIsBadlyEncoded) {
    EXPECT_EQ(status(get("/users/%zz")), 400);
    EXPECT_EQ(status(get("/chat/%zz")), 400);
    EXPECT_EQ(status(upgrade("/chat/%zz")), 400);
}

// RFC 9112 section 3.2.
TEST_F(RoutesTest, NeedsExactlyOneHost) {
    RequestHead request = get("/health");
    request.fields.remove("Host");
    EXPECT_EQ(status(request), 400);
    request.version_minor = 0;
    EXPECT_EQ(status(request), 0);
    request.fields = {{"Host", "a"}, {"Host", "b"}};
    EXPECT_EQ(status(request), 400);
}

// RFC 9112 section 3.2: an invalid one as well. RFC 9110 section 4.2.1: no host is empty.
TEST_F(RoutesTest, H12_NeedsAValidHost) {
    for (const char* host : {"", ":80", "localhost:80/evil?x", "localhost:80 80", "a b", "u@a",
                             "127.0.0.1:99999999", "a:b", "a#b", "[::1", "http://a"}) {
        for (const int version_minor : {0, 1}) {
            RequestHead request = get("/health");
            request.fields = {{"Host", host}};
            request.version_minor = version_minor;
            EXPECT_EQ(status(request), 400) << host;
            EXPECT_FALSE(keeps_connection(request)) << host;
        }
    }
}

TEST_F(RoutesTest, TakesEveryKindOfHost) {
    for (const char* host : {"a", "EXAMPLE.org", "a:8080", "a:", "127.0.0.1:1", "[::1]", "[::1]:80",
                             "under_score", "example.org.", "2f72756e:0", "web.1", "%2Frun%2Fx"}) {
        RequestHead request = get("/health");
        request.fields = {{"Host", host}};
        EXPECT_EQ(status(request), 0) << host;
    }
}

// RFC 9113 section 8.3.1: Host stands for `:authority`, which HTTP/2 needs.
TEST_F(RoutesTest, NeedsAValidAuthorityOfHttp2) {
    RequestHead request = get("/health");
    request.version_major = 2;
    request.fields = {{"host", "127.0.0.1:999999"}};
    EXPECT_EQ(status(request), 400);
    request.version_minor = 0;
    request.fields = {};
    EXPECT_EQ(status(request), 400);
}

TEST_F(RoutesTest, NeedsAPathForATarget) {
    for (const char* target : {"http://example.org/health", "*", "example.org:80", "/health#top",
                               "/health?\xc2\x9b", "/health?\x7f"}) {
        EXPECT_EQ(status(get(target)), 400) << target;
        EXPECT_FALSE(keeps_connection(get(target))) << target;
    }
}

// ── bodies (row H13) ──

RequestHead with_length(RequestHead request, std::string length) {
    request.fields.add("Content-Length", std::move(length));
    return request;
}

TEST_F(RoutesTest, GivesNoRequestWithABodyToAHandler) {
    EXPECT_EQ(status(with_length(get("/health"), "5")), 413);
    EXPECT_FALSE(keeps_connection(with_length(get("/health"), "5")));
}

TEST_F(RoutesTest, GivesNoRequestToAHandlerBehindWhichMoreComes) {
    const auto dispatch = [&](const RequestHead& request) {
        return routes.dispatch(request, true, websocket::HandshakeForm::upgrade, true);
    };

    EXPECT_EQ(std::get<Refused>(dispatch(get("/health"))).response.status, 413);
    const auto empty = dispatch(with_length(get("/health"), "0"));
    EXPECT_TRUE(std::holds_alternative<PlainCall>(empty));
}

TEST_F(RoutesTest, TakesALengthOfZeroForNoBody) {
    EXPECT_EQ(status(with_length(get("/health"), "0")), 0);
    EXPECT_TRUE(keeps_connection(with_length(get("/health"), "00")));
}

TEST_F(RoutesTest, NeverKeepsAConnectionBehindABody) {
    EXPECT_FALSE(keeps_connection(with_length(get("/nothing"), "5")));
    RequestHead chunked = get("/nothing");
    chunked.fields.add("Transfer-Encoding", "chunked");
    EXPECT_FALSE(keeps_connection(chunked));
}

TEST_F(RoutesTest, GivesNoChunkedRequestToAHandler) {
    RequestHead request = get("/health");
    request.fields.add("Transfer-Encoding", "chunked");
    EXPECT_EQ(status(request), 413);
}

// RFC 9112 section 6.3: where such a body ends is not known.
TEST_F(RoutesTest, H13_RefusesACodingThatDoesNotEndInChunked) {
    for (const char* coding : {"gzip", "identity", "xchunked", "chunked, gzip", "chunked;a", ""}) {
        for (const char* method : {"GET", "POST"}) {
            RequestHead request = get("/health");
            request.method = method;
            request.fields.add("Transfer-Encoding", coding);
            EXPECT_EQ(status(request), 400) << method << " " << coding;
            EXPECT_FALSE(keeps_connection(request)) << method << " " << coding;
        }
    }
    RequestHead request = get("/health");
    request.fields.add("Transfer-Encoding", "chunked");
    request.fields.add("Transfer-Encoding", "gzip");
    EXPECT_EQ(status(request), 400);
}

// RFC 9112 section 6.1.
TEST_F(RoutesTest, KnowsNoCodingBesideChunked) {
    RequestHead request = get("/health");
    request.fields.add("Transfer-Encoding", "gzip, Chunked");
    EXPECT_EQ(status(request), 501);
    EXPECT_FALSE(keeps_connection(request));
}

TEST_F(RoutesTest, RefusesALengthThatIsNoNumber) {
    for (const char* length : {"", "-1", "+5", "5, 5", "0x5", "5 "}) {
        EXPECT_EQ(status(with_length(get("/health"), length)), 400) << length;
        EXPECT_FALSE(keeps_connection(with_length(get("/health"), length))) << length;
    }
}

TEST_F(RoutesTest, RefusesTwoLengths) {
    EXPECT_EQ(status(with_length(with_length(get("/health"), "5"), "6")), 400);
}

// RFC 9112 section 6.1: both together may be an attempt to smuggle.
TEST_F(RoutesTest, RefusesALengthBesideAnEncoding) {
    RequestHead request = with_length(get("/health"), "5");
    request.fields.add("Transfer-Encoding", "chunked");
    EXPECT_EQ(status(request), 400);
}

TEST_F(RoutesTest, OpensNoWebSocketForARequestWithABody) {
    EXPECT_EQ(status(with_length(upgrade("/echo"), "5")), 400);
    EXPECT_EQ(status(upgrade("/echo", {{"Transfer-Encoding", "chunked"}})), 400);
}

// ── persistence ──

TEST(Persists, FollowsVersionAndConnection) {
    RequestHead request = get("/");
    EXPECT_TRUE(persists(request));
    request.version_minor = 0;
    EXPECT_FALSE(persists(request));
    request.version_minor = 1;
    request.fields.add("Connection", "keep-alive, Close");
    EXPECT_FALSE(persists(request));
}

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

// ── contracts ──

TEST(RoutesProblem, IsToldBeforeARouteIsAdded) {
    Routes routes;
    EXPECT_EQ(routes.problem_with_websocket("/a"), "");
    routes.add_websocket("/a", {}, {});

    EXPECT_NE(routes.problem_with_websocket("/a"), "");
    EXPECT_EQ(routes.problem_with_get("/a"), "");
    EXPECT_NE(routes.problem_with_get("a"), "");
    routes.add_get("/a", [](const Request&) { return Response(); });
    EXPECT_NE(routes.problem_with_get("/a"), "");
}

TEST(RoutesDeathTest, StopsAtAMissingHandler) {
    Routes routes;
    EXPECT_DEATH(routes.add_get("/", nullptr), "contract broken");
}

TEST(RoutesDeathTest, StopsAtAnEngineThatCannotStream) {
    websocket::EngineKind whole = websocket::native_engine();
    whole.streaming = false;
    Routes routes;
    EXPECT_DEATH(routes.add_websocket(
                     "/", {}, {.connection = {.delivery = Delivery::streamed}, .engine = &whole}),
                 "contract broken");
}

}  // namespace
}  // namespace tautline::server
