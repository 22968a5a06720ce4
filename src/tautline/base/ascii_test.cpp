// SPDX-License-Identifier: MIT
#include <tautline/base/ascii.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Ascii, ComparesWithoutRegardToCase) {
    EXPECT_TRUE(equal_ignoring_case("Sec-WebSocket-Key", "sec-websocket-KEY"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
    EXPECT_FALSE(equal_ignoring_case("websocket", "websocket "));
    EXPECT_FALSE(equal_ignoring_case("upgrade", "upgrada"));
}

// '@' and '`', '[' and '{' differ in the same bit as letters of two cases do.
TEST(Ascii, DoesNotTakePunctuationForLetters) {
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_FALSE(equal_ignoring_case("[", "{"));
    EXPECT_EQ(to_lower('@'), '@');
    EXPECT_EQ(to_lower('['), '[');
}

TEST(Ascii, LowersLettersAndNothingElse) {
    EXPECT_EQ(to_lower("AZaz09-\xc3\x84"), "azaz09-\xc3\x84");
}

TEST(Ascii, KnowsLettersAndDigitsByTheirBorders) {
    EXPECT_TRUE(is_upper('A') && is_upper('Z'));
    EXPECT_FALSE(is_upper('@') || is_upper('[') || is_upper('a'));
    EXPECT_TRUE(is_lower('a') && is_lower('z'));
    EXPECT_FALSE(is_lower('`') || is_lower('{') || is_lower('Z'));
    EXPECT_TRUE(is_letter('a') && is_letter('Z'));
    EXPECT_FALSE(is_letter('@') || is_letter('[') || is_letter('`') || is_letter('{'));
    EXPECT_TRUE(is_digit('0') && is_digit('9'));
    EXPECT_FALSE(is_digit('/') || is_digit(':'));
}

TEST(Ascii, KnowsControlsByTheirBorders) {
    EXPECT_TRUE(is_control('\0') && is_control('\x1f') && is_control('\x7f'));
    EXPECT_FALSE(is_control(' ') || is_control('~') || is_control('\x80') || is_control('\xff'));
}

TEST(Ascii, TakesAPairOfBracketsAway) {
    EXPECT_EQ(without_brackets("[::1]"), "::1");
    for (const char* text : {"", "[]", "::1", "[::1", "::1]", "[", "]"}) {
        EXPECT_EQ(without_brackets(text), text);
    }
}

TEST(Ascii, ReadsHexadecimalDigits) {
    EXPECT_EQ(hex_value('0'), 0);
    EXPECT_EQ(hex_value('9'), 9);
    EXPECT_EQ(hex_value('a'), 10);
    EXPECT_EQ(hex_value('F'), 15);
    EXPECT_EQ(hex_value('g'), -1);
    EXPECT_EQ(hex_value('/'), -1);
}

}  // namespace
}  // namespace tautline
