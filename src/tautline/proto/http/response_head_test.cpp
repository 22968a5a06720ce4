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

}  // namespace
}  // namespace tautline::http
