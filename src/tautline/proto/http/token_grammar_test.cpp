// SPDX-License-Identifier: MIT
#include <tautline/proto/http/token_grammar.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A copy that ends where its heap block ends: the sanitizer sees a read of one byte too many.
std::vector<char> exact(std::string_view text) { return {text.begin(), text.end()}; }

std::string_view view(const std::vector<char>& text) { return {text.data(), text.size()}; }

TEST(Token, AcceptsEveryTokenCharacter) { EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ")); }

TEST(Token, RefusesEveryOtherByte) {
    const std::string_view allowed = "!#$%&'*+-.^_`|~";
    for (int value = 0; value < 256; ++value) {
        const char byte = static_cast<char>(value);
        const bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                                  (byte >= 'A' && byte <= 'Z');
        const bool expected = alphanumeric || allowed.find(byte) != std::string_view::npos;

        EXPECT_EQ(is_token(std::string(1, byte)), expected) << value;
    }
}

TEST(Token, RefusesTheEmptyText) { EXPECT_FALSE(is_token("")); }

TEST(Token, RefusesABlankInTheMiddle) { EXPECT_FALSE(is_token("a b")); }

TEST(RequestTarget, IsVisibleAscii) {
    EXPECT_TRUE(is_request_target("/!~?#%"));
    EXPECT_FALSE(is_request_target(""));
    for (int value = 0; value < 256; ++value) {
        const std::string text = std::string("/") + static_cast<char>(value);
        EXPECT_EQ(is_request_target(text), value > 0x20 && value < 0x7f) << value;
    }
}

TEST(FieldName, IsAToken) {
    EXPECT_TRUE(is_field_name("Sec-WebSocket-Key"));
    EXPECT_FALSE(is_field_name("Host:"));
}

TEST(FieldValue, MayBeEmpty) { EXPECT_TRUE(is_field_value("")); }

TEST(FieldValue, MayHaveBlanksInside) { EXPECT_TRUE(is_field_value("a\tb c ~!")); }

TEST(FieldValue, H16_RefusesBlanksAtItsEnds) {
    EXPECT_FALSE(is_field_value(" a"));
    EXPECT_FALSE(is_field_value("a "));
    EXPECT_FALSE(is_field_value("\ta"));
    EXPECT_FALSE(is_field_value("a\t"));
}

TEST(FieldValue, H16_RefusesEveryControlAndEveryByteAbove7e) {
    for (int value = 0; value < 256; ++value) {
        const bool control = value < 0x20 && value != '\t';
        const std::string text = std::string("a") + static_cast<char>(value) + "b";

        EXPECT_EQ(is_field_value(text), !control && value < 0x7f) << value;
    }
}

TEST(TrimBlanks, DropsSpacesAndTabsAtBothEndsOnly) {
    EXPECT_EQ(trim_blanks(" \ta \t b\t "), "a \t b");
    EXPECT_EQ(trim_blanks("\na\r"), "\na\r");
}

TEST(TrimBlanks, LeavesNothingOfBlanks) { EXPECT_EQ(trim_blanks(" \t "), ""); }

TEST(SplitList, TrimsElementsAndDropsEmptyOnes) {
    const auto text = exact(" , a ,, b\t,c d , ");

    EXPECT_THAT(split_list(view(text)), ElementsAre("a", "b", "c d"));
}

TEST(SplitList, OfNothingIsEmpty) {
    EXPECT_THAT(split_list(""), IsEmpty());
    EXPECT_THAT(split_list(" , ,\t"), IsEmpty());
}

TEST(SplitList, KeepsCommasInsideQuotedStrings) {
    EXPECT_THAT(split_list(R"(a="1,2", b="\",", c)"), ElementsAre(R"(a="1,2")", R"(b="\",")", "c"));
}

TEST(SplitList, TakesABackslashOutsideOfQuotesAsItIs) {
    EXPECT_THAT(split_list(R"(a\,b)"), ElementsAre(R"(a\)", "b"));
}

TEST(SplitList, TakesAnUnfinishedQuotedStringToTheEnd) {
    EXPECT_THAT(split_list(R"(a, "b, c)"), ElementsAre("a", R"("b, c)"));
    EXPECT_THAT(split_list(R"("b\)"), ElementsAre(R"("b\)"));
}

TEST(SplitList, H05_TakesLinearTimeForLongRuns) {
    const std::string blanks = "b" + std::string(1'000'000, ' ') + "x";
    const std::string commas(1'000'000, ',');
    const std::string quotes(1'000'001, '"');

    EXPECT_THAT(split_list(blanks), ElementsAre(blanks));
    EXPECT_THAT(split_list(commas), IsEmpty());
    EXPECT_THAT(split_list(quotes), ElementsAre(quotes));
}

TEST(TokenReader, TakesWhatItNamesAndNothingElse) {
    const auto text = exact("name \t=; rest");
    TokenReader reader(view(text));

    EXPECT_FALSE(reader.take('='));
    EXPECT_EQ(reader.take_token(), "name");
    EXPECT_EQ(reader.take_token(), std::nullopt);
    reader.skip_blanks();
    EXPECT_TRUE(reader.take('='));
    EXPECT_TRUE(reader.take(';'));
    reader.skip_blanks();
    EXPECT_FALSE(reader.at_end());
    EXPECT_EQ(reader.take_token(), "rest");
    EXPECT_TRUE(reader.at_end());
}

TEST(TokenReader, OfNothingIsAtItsEnd) {
    TokenReader reader("");

    EXPECT_TRUE(reader.at_end());
    EXPECT_FALSE(reader.take(';'));
    EXPECT_EQ(reader.take_token(), std::nullopt);
    EXPECT_EQ(reader.take_quoted(), std::nullopt);
    reader.skip_blanks();
    EXPECT_TRUE(reader.at_end());
}

TEST(TokenReader, TakesAQuotedStringWithoutItsQuotes) {
    const auto text = exact(R"("a, b";c)");
    TokenReader reader(view(text));

    EXPECT_EQ(reader.take_quoted(), "a, b");
    EXPECT_TRUE(reader.take(';'));
}

TEST(TokenReader, TakesAnEmptyQuotedString) { EXPECT_EQ(TokenReader(R"("")").take_quoted(), ""); }

TEST(TokenReader, KeepsEscapesOfAQuotedString) {
    EXPECT_EQ(TokenReader(R"("a\"b\\")").take_quoted(), R"(a\"b\\)");
}

TEST(RemoveEscapes, LeavesTheCharactersBehindTheBackslashes) {
    EXPECT_EQ(remove_escapes(R"(a\"b\\c\d)"), R"(a"b\cd)");
    EXPECT_EQ(remove_escapes(""), "");
}

TEST(TokenReader, TakesBytesAbove7fInAQuotedString) {
    EXPECT_EQ(TokenReader("\"\xc3\xa9\"").take_quoted(), "\xc3\xa9");
}

TEST(TokenReader, RefusesControlsInAQuotedString) {
    EXPECT_EQ(TokenReader("\"a\nb\"").take_quoted(), std::nullopt);
    EXPECT_EQ(TokenReader("\"a\\\nb\"").take_quoted(), std::nullopt);
    EXPECT_EQ(TokenReader("\"\x7f\"").take_quoted(), std::nullopt);
}

TEST(TokenReader, RefusesEveryPrefixOfAQuotedStringAndTakesNothing) {
    const std::string_view whole = R"("a\"b\\")";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto text = exact(whole.substr(0, length));
        TokenReader reader(view(text));

        EXPECT_EQ(reader.take_quoted(), std::nullopt) << length;
        EXPECT_EQ(reader.at_end(), length == 0) << length;
    }
}

}  // namespace
}  // namespace tautline::http
