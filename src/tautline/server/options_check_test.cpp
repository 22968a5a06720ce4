// SPDX-License-Identifier: MIT
#include <tautline/server/options_check.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::server {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string of_server(const ServerOptions& options) { return problem_with(options); }
std::string of_listening(const ListenOptions& options) { return problem_with(options); }
std::string of_route(const RouteOptions& options) { return problem_with(options); }

TEST(ServerOptions, HaveNoProblemByDefault) {
    EXPECT_THAT(of_server({}), IsEmpty());
    EXPECT_THAT(of_server({.http2 = std::nullopt}), IsEmpty());
    EXPECT_THAT(of_route({}), IsEmpty());
}

TEST(ServerOptions, LetSomebodyServe) {
    EXPECT_THAT(of_server({.threads = 0}), HasSubstr("threads must be at least 1"));
    EXPECT_THAT(of_server({.max_connections = 0}), HasSubstr("max_connections must be at least 1"));
}

TEST(ServerOptions, HaveTimesThatAreMoreThanNothingAndAYearAtMost) {
    for (const Duration time : {Duration::zero(), Duration(-1), Duration::max()}) {
        EXPECT_THAT(of_server({.handshake_timeout = time}), HasSubstr("handshake_timeout"));
        EXPECT_THAT(of_server({.idle_timeout = time}), HasSubstr("idle_timeout"));
        EXPECT_THAT(of_server({.decision_timeout = time}), HasSubstr("decision_timeout"));
        EXPECT_THAT(of_server({.answer_timeout = time}), HasSubstr("answer_timeout"));
    }
    EXPECT_THAT(of_server({.answer_timeout = std::chrono::years(1)}), IsEmpty());
}

TEST(ServerOptions, HaveOptionsOfHttp2ThatAConnectionCanBeginWith) {
    EXPECT_THAT(of_server({.http2 = h2::Options{.stream_window_bytes = 3'000'000'000}}),
                StartsWith("http2: stream_window_bytes"));
}

TEST(RouteOptions, HaveSubprotocolsThatCanBeAgreedOn) {
    EXPECT_THAT(of_route({.subprotocols = {"a b"}}), HasSubstr("a subprotocol"));
    EXPECT_THAT(of_route({.subprotocols = {"a", "a"}}), HasSubstr("a subprotocol"));
}

TEST(RouteOptions, AllowOriginsThatABrowserMaySend) {
    EXPECT_THAT(of_route({.allowed_origins = {"https://example.org", "http://a:81", "null",
                                              "https://EXAMPLE.org:443", "app://localhost"}}),
                IsEmpty());
    for (const char* origin :
         {"example.org", "https://example.org/", "", "https://*.example.org"}) {
        EXPECT_EQ(of_route({.allowed_origins = {"https://a", origin}}),
                  "allowed_origins: \"" + std::string(origin) +
                      "\" is no origin; write scheme and host: https://example.org");
    }
    EXPECT_EQ(of_route({.allowed_origins = {"*"}}),
              "allowed_origins: \"*\" is no origin; set allow_any_origin for all of them");
}

TEST(RouteOptions, HaveAnEngineThatCanDeliver) {
    websocket::EngineKind whole = websocket::native_engine();
    whole.streaming = false;
    EXPECT_EQ(of_route({.engine = nullptr}), "engine must not be null");
    EXPECT_THAT(of_route({.engine = &whole}), IsEmpty());
    EXPECT_EQ(of_route({.connection = {.delivery = Delivery::streamed}, .engine = &whole}),
              "delivery: this engine has no Delivery::streamed");
}

TEST(ListenOptions, HaveAnAddressOfTheirOwn) {
    EXPECT_THAT(of_listening({}), IsEmpty());
    EXPECT_THAT(of_listening({.host = "::"}), IsEmpty());
    EXPECT_THAT(of_listening({.host = "", .unix_path = "/run/x"}), IsEmpty());
    EXPECT_EQ(of_listening({.host = "*"}),
              "host: \"*\" is no address; write 0.0.0.0 or :: for all addresses");
    EXPECT_EQ(of_listening({.host = ""}),
              "host: \"\" is no address; write 0.0.0.0 or :: for all addresses");
}

TEST(ListenOptions, HaveNoTlsOnAUnixSocket) {
    EXPECT_THAT(of_listening({.tls = TlsServerOptions()}), IsEmpty());
    EXPECT_EQ(of_listening({.unix_path = "/run/x", .tls = TlsServerOptions()}),
              "tls: a Unix socket has none; leave out tls, or listen on a port");
}

TEST(ListenOptions, HaveASocketOrAnAddress) {
    EXPECT_THAT(of_listening({.descriptor = 3}), IsEmpty());
    for (const ListenOptions& both :
         {ListenOptions{.host = "::1", .descriptor = 3}, ListenOptions{.port = 80, .descriptor = 3},
          ListenOptions{.unix_path = "/run/x", .descriptor = 3}}) {
        EXPECT_EQ(of_listening(both),
                  "descriptor: this socket has its address; leave out host, port and unix_path");
    }
}

TEST(RouteOptions, HaveOptionsThatASessionCanUse) {
    EXPECT_THAT(of_route({.connection = {.max_buffered_bytes = 0}}),
                HasSubstr("max_buffered_bytes"));
}

}  // namespace
}  // namespace tautline::server
