// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/options_check.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(ConnectionOptions, HaveNoProblemByDefault) {
    EXPECT_THAT(problem_with({}), IsEmpty());
    EXPECT_THAT(problem_with({.compression = deflate::Options{}}), IsEmpty());
}

TEST(ConnectionOptions, MustLetSomethingWait) {
    EXPECT_THAT(problem_with({.max_buffered_bytes = 0}), HasSubstr("max_buffered_bytes"));
    EXPECT_THAT(problem_with({.max_buffered_bytes = 1}), IsEmpty());
}

TEST(ConnectionOptions, MayWaitForAStalledPeerForEverButNotLess) {
    using std::chrono::seconds;
    EXPECT_THAT(problem_with({.stall_timeout = seconds(-1)}), HasSubstr("stall_timeout"));
    EXPECT_THAT(problem_with({.stall_timeout = seconds(0)}), IsEmpty());
}

TEST(ConnectionOptions, MustBeAbleToCompress) {
    EXPECT_THAT(problem_with({.compression = deflate::Options{.level = 10}}),
                HasSubstr("compression"));
}

}  // namespace
}  // namespace tautline::websocket
