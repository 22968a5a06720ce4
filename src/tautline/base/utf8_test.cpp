// SPDX-License-Identifier: MIT
#include <tautline/base/utf8.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/utf8_definition.hpp>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::ExactCopy;
using test::utf8_by_definition;
using test::wire;

std::optional<std::uint64_t> first_bad(Bytes text) {
    Utf8Validator validator;
    const bool fine = validator.feed(ExactCopy(text).bytes());
    EXPECT_EQ(fine, !validator.first_bad_offset());
    return validator.first_bad_offset();
}

// Characters of every length, over and over.
std::vector<std::byte> mixed_text(std::size_t size) {
    const auto characters = wire("61 c3a9 e282ac f09f9880 ed9fbf 7f f48fbfbf e0a080 ee8080 c280");
    std::vector<std::byte> text;
    while (text.size() < size) text.insert(text.end(), characters.begin(), characters.end());
    text.resize(size);
    return text;
}

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEveryLength) {
    EXPECT_TRUE(
        is_utf8(wire("00 7f | c280 dfbf | e0a080 ed9fbf ee8080 efbfbf | f0908080 f48fbfbf")));
}

TEST(Utf8, AcceptsTheEmptyText) { EXPECT_TRUE(is_utf8({})); }

TEST(Utf8, F13_RefusesAFirstByteThatNoCharacterHas) {
    EXPECT_EQ(first_bad(wire("80")), 0U);  // a continuation alone
    EXPECT_EQ(first_bad(wire("bf")), 0U);
    EXPECT_EQ(first_bad(wire("61 c0")), 1U);  // overlong
    EXPECT_EQ(first_bad(wire("c1")), 0U);
    EXPECT_EQ(first_bad(wire("f5")), 0U);  // beyond U+10FFFF
    EXPECT_EQ(first_bad(wire("ff")), 0U);
}

TEST(Utf8, F13_RefusesASecondByteThatNoCharacterHas) {
    EXPECT_EQ(first_bad(wire("e0 9f")), 1U);  // overlong
    EXPECT_EQ(first_bad(wire("f0 8f")), 1U);  // overlong
    EXPECT_EQ(first_bad(wire("ed a0")), 1U);  // a surrogate
    EXPECT_EQ(first_bad(wire("f4 90")), 1U);  // beyond U+10FFFF
}

TEST(Utf8, F13_RefusesTheByteWhereAContinuationIsMissing) {
    EXPECT_EQ(first_bad(wire("c3 28")), 1U);
    EXPECT_EQ(first_bad(wire("e2 82 28")), 2U);
    EXPECT_EQ(first_bad(wire("f0 9f 98 28")), 3U);
    EXPECT_EQ(first_bad(wire("f0 9f 98 c3")), 3U);
}

TEST(Utf8, F13_ATextThatEndsInsideACharacterIsNotComplete) {
    for (const auto* text : {"c3", "e2 82", "e2", "f0 9f 98", "f0 9f", "f0", "61 e0", "ed", "f4"}) {
        Utf8Validator validator;
        EXPECT_TRUE(validator.feed(wire(text)));
        EXPECT_FALSE(validator.complete()) << text;
        EXPECT_FALSE(is_utf8(wire(text)));
    }
}

TEST(Utf8, StaysFailedUntilReset) {
    Utf8Validator validator;
    EXPECT_FALSE(validator.feed(wire("61 ff")));
    EXPECT_FALSE(validator.feed(wire("61")));
    EXPECT_FALSE(validator.feed(wire("80 80")));
    EXPECT_FALSE(validator.complete());
    EXPECT_EQ(validator.first_bad_offset(), 1U);

    validator.reset();

    EXPECT_TRUE(validator.feed(wire("61")));
    EXPECT_TRUE(validator.complete());
    EXPECT_EQ(validator.first_bad_offset(), std::nullopt);
}

TEST(Utf8, CountsTheOffsetOverPieces) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed(wire("61 62 e2")));
    EXPECT_TRUE(validator.feed({}));
    EXPECT_TRUE(validator.feed(wire("82 ac 63")));
    EXPECT_FALSE(validator.feed(wire("64 ff")));
    EXPECT_EQ(validator.first_bad_offset(), 7U);
}

TEST(Utf8, RefusesTheRestOfACharacterThatDoesNotFit) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed(wire("61 e2 82")));
    EXPECT_FALSE(validator.feed(wire("28")));
    EXPECT_EQ(validator.first_bad_offset(), 3U);
}

TEST(Utf8, AgreesWithTheDefinitionOnEveryPairOfBytes) {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
        const std::array text{static_cast<std::byte>(pair >> 8), static_cast<std::byte>(pair)};
        ASSERT_EQ(first_bad(text), utf8_by_definition(text).first_bad) << pair;
    }
}

constexpr std::array<std::size_t, 14> kWidths{15, 16, 17, 31, 32, 33,  63,
                                              64, 65, 95, 96, 97, 128, 200};
constexpr std::array kBad{0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xf5, 0xff, 0x20};

void expect_agreement_with_a_bad_byte_everywhere(std::vector<std::byte> text) {
    for (std::byte& place : text) {
        const std::byte was = place;
        for (const int bad : kBad) {
            place = static_cast<std::byte>(bad);
            ASSERT_EQ(first_bad(text), utf8_by_definition(text).first_bad);
        }
        place = was;
    }
}

TEST(Utf8, F13_FindsABadByteAtEveryPlaceOfEveryWidthOfAscii) {
    for (const std::size_t width : kWidths) {
        expect_agreement_with_a_bad_byte_everywhere(std::vector(width, std::byte{'a'}));
    }
}

TEST(Utf8, F13_FindsABadByteAtEveryPlaceOfEveryWidthOfMixedText) {
    for (const std::size_t width : kWidths) {
        expect_agreement_with_a_bad_byte_everywhere(mixed_text(width));
    }
}

TEST(Utf8, F13_AcceptsMixedTextOfEveryLengthAndAlignment) {
    for (std::size_t length = 0; length <= 200; ++length) {
        const auto text = mixed_text(length);
        const bool complete = utf8_by_definition(text).whole_characters_end == length;
        for (std::size_t alignment = 0; alignment < 64; ++alignment) {
            std::vector block(alignment, std::byte{0xff});
            block.insert(block.end(), text.begin(), text.end());
            const ExactCopy copy(block);
            Utf8Validator validator;
            ASSERT_TRUE(validator.feed(copy.bytes().subspan(alignment)));
            ASSERT_EQ(validator.complete(), complete);
        }
    }
}

TEST(Utf8, EverySplitInTwoGivesTheSameAnswer) {
    auto text = mixed_text(150);
    text[140] = std::byte{0xff};
    const auto wanted = utf8_by_definition(text).first_bad;
    for (std::size_t split = 0; split <= text.size(); ++split) {
        Utf8Validator validator;
        const Bytes whole(text);
        ASSERT_FALSE(validator.feed(whole.first(split)) && validator.feed(whole.subspan(split)));
        ASSERT_EQ(validator.first_bad_offset(), wanted) << split;
    }
}

// Short pieces go through the scalar machine, long ones through vectors.
TEST(Utf8, F13_PiecesOfEverySizeGiveTheSameAnswer) {
    auto text = mixed_text(104);  // whole characters
    text.resize(150, std::byte{'a'});
    text.push_back(std::byte{0xff});
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        Utf8Validator validator;
        bool fine = true;
        for (std::size_t start = 0; start < text.size() && fine; start += piece) {
            const Bytes rest = Bytes(text).subspan(start);
            fine = validator.feed(ExactCopy(rest.first(std::min(piece, rest.size()))).bytes());
        }
        ASSERT_EQ(validator.first_bad_offset(), 150U) << piece;
    }
}

TEST(Utf8, AcceptsAsciiBehindALongCharacterOfAShortText) {
    for (std::size_t length = 0; length < 30; ++length) {
        EXPECT_TRUE(is_utf8(as_bytes("\xc3\xa9" + std::string(length, 'x'))));
        EXPECT_EQ(first_bad(as_bytes("\xc3\xa9" + std::string(length, 'x') + "\xff")), length + 2);
    }
}

TEST(Utf8, SkipsAsciiInWholeWordsUpToTheFirstOtherByte) {
    for (std::size_t place = 0; place < 203; ++place) {
        std::string text(203, 'x');
        text[place] = '\xc3';
        EXPECT_EQ(utf8::skip_ascii(as_bytes(text)), place / 8 * 8);
    }
}

TEST(Utf8, SkipsTheWholeOfEveryAsciiTextOfAWordOrMore) {
    for (std::size_t length = 8; length < 100; ++length) {
        const std::string text(length, 'x');
        EXPECT_EQ(utf8::skip_ascii(ExactCopy(as_bytes(text)).bytes()), length);
    }
}

TEST(Utf8, SkipsNothingOfLessThanAWord) {
    EXPECT_EQ(utf8::skip_ascii({}), 0U);
    EXPECT_EQ(utf8::skip_ascii(as_bytes("seven by")), 8U);
    EXPECT_EQ(utf8::skip_ascii(as_bytes("sevenby")), 0U);
}

}  // namespace
}  // namespace tautline
