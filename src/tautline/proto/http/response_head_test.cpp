// SPDX-License-Identifier: MIT
#include <tautline/proto/http/response_head.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

TEST(ReasonPhrase, KnowsTheStatusesOfTheHandshake) {
    EXPECT_EQ(reason_phrase_for(101), "Switching Protocols");
    EXPECT_EQ(reason_phrase_for(400), "Bad Request");
    EXPECT_EQ(reason_phrase_for(426), "Upgrade Required");
    EXPECT_EQ(reason_phrase_for(205), "Reset Content");
    EXPECT_EQ(reason_phrase_for(505), "HTTP Version Not Supported");
}

TEST(ReasonPhrase, IsEmptyForAStatusWithoutOne) {
    EXPECT_EQ(reason_phrase_for(299), "");
    EXPECT_EQ(reason_phrase_for(-1), "");
}

// RFC 9110 section 15.2: 101 is the end of HTTP on its connection.
TEST(ResponseHead, IsInterimWhenTheResponseIsStillToCome) {
    for (const int status : {100, 102, 103, 199}) {
        EXPECT_TRUE(ResponseHead{.status = status}.is_interim()) << status;
    }
    for (const int status : {101, 200, 404, 999, 99}) {
        EXPECT_FALSE(ResponseHead{.status = status}.is_interim()) << status;
    }
}

}  // namespace
}  // namespace tautline::http
