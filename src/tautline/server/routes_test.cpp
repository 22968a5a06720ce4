// SPDX-License-Identifier: MIT
#include <tautline/server/routes.hpp>

#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/routes_fixture.hpp>

namespace tautline::server {
namespace {

using http::RequestHead;
using websocket::Refused;

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
