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

TEST(RequestHead, KnowsHttp10) {
    EXPECT_TRUE((RequestHead{.version_minor = 0}.is_http10()));
    EXPECT_FALSE((RequestHead{.version_minor = 1}.is_http10()));
    EXPECT_FALSE((RequestHead{.version_minor = 0, .version_major = 2}.is_http10()));
}

}  // namespace
}  // namespace tautline::http
