// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/extra_fields.hpp>

#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

TEST(HandshakeField, IsWhatTheHandshakeWritesInAnyCase) {
    EXPECT_TRUE(is_handshake_field("upgrade"));
    EXPECT_TRUE(is_handshake_field("CONNECTION"));
    EXPECT_TRUE(is_handshake_field("Content-Length"));
    EXPECT_TRUE(is_handshake_field("Transfer-Encoding"));
    EXPECT_TRUE(is_handshake_field("sec-websocket-anything"));
}

TEST(HandshakeField, IsNothingElse) {
    EXPECT_FALSE(is_handshake_field("Origin"));
    EXPECT_FALSE(is_handshake_field("Upgrade-Insecure-Requests"));
    EXPECT_FALSE(is_handshake_field("Sec-WebSocket"));
    EXPECT_FALSE(is_handshake_field(""));
}

TEST(ExtraFields, MayBeSentWhenTheyAreClean) {
    EXPECT_EQ(problem_with({}), std::nullopt);
    EXPECT_EQ(problem_with({{"Origin", "http://a"}, {"X-Empty", ""}}), std::nullopt);
}

TEST(ExtraFields, AreRefusedWithTheNameOfTheBadOne) {
    EXPECT_THAT(problem_with({{"Origin", "http://a"}, {"upgrade", "h2c"}}),
                Optional(HasSubstr("upgrade")));
}

// Row H16: what must not travel in a name or a value.
class ForbiddenBytes : public ::testing::TestWithParam<std::string_view> {};

TEST_P(ForbiddenBytes, H16_AreRefusedInAName) {
    const std::string name = "X" + std::string(GetParam()) + "Y";

    EXPECT_THAT(problem_with({{name, "value"}}), Optional(Not(HasSubstr(name))));
}

TEST_P(ForbiddenBytes, H16_AreRefusedInAValueThatIsNotRepeated) {
    const std::string value = "secret" + std::string(GetParam()) + "y";

    EXPECT_THAT(problem_with({{"X-Token", value}}),
                Optional(::testing::AllOf(HasSubstr("X-Token"), Not(HasSubstr("secret")))));
}

INSTANTIATE_TEST_SUITE_P(ExtraFields, ForbiddenBytes,
                         ::testing::Values("\r", "\n", "\r\n", "\r\n ", std::string_view("\0", 1),
                                           "\x7f", "\x1b", "\xc3\xa9"));

TEST(ExtraFields, H16_AreRefusedWithBlanksAtTheEndsOfAValue) {
    EXPECT_TRUE(problem_with({{"X", " a"}}).has_value());
    EXPECT_TRUE(problem_with({{"X", "a\t"}}).has_value());
}

TEST(ExtraFields, H16_AreRefusedWithBlanksOrNothingAsAName) {
    EXPECT_TRUE(problem_with({{" X", "a"}}).has_value());
    EXPECT_TRUE(problem_with({{"X Y", "a"}}).has_value());
    EXPECT_TRUE(problem_with({{"", "a"}}).has_value());
}

}  // namespace
}  // namespace tautline::websocket
