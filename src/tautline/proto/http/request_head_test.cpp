// SPDX-License-Identifier: MIT
#include <tautline/proto/http/request_head.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

TEST(RequestHead, SplitsTheTargetAtTheFirstQuestionMark) {
    const RequestHead head{
        .method = "GET", .target = "/chat?room=1?2", .version_minor = 1, .fields = {}};
    EXPECT_EQ(head.path(), "/chat");
    EXPECT_EQ(head.query(), "room=1?2");
}

TEST(RequestHead, HasNoQueryWithoutAQuestionMark) {
    const RequestHead head{.method = "GET", .target = "/chat", .version_minor = 1, .fields = {}};
    EXPECT_EQ(head.path(), "/chat");
    EXPECT_EQ(head.query(), "");
}

}  // namespace
}  // namespace tautline::http
