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

TEST(RouteOptions, HaveOptionsThatASessionCanUse) {
    EXPECT_THAT(of_route({.connection = {.max_buffered_bytes = 0}}),
                HasSubstr("max_buffered_bytes"));
}

}  // namespace
}  // namespace tautline::server
