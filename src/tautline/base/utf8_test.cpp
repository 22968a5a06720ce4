// SPDX-License-Identifier: MIT
#include <tautline/base/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::ExactCopy;
using test::wire;

std::optional<std::uint64_t> first_bad(std::string_view hex) {
    Utf8Validator validator;
    (void)validator.feed(ExactCopy(wire(hex)).bytes());
    return validator.first_bad_offset();
}

// Decodes by the table of RFC 3629 section 3, one character at a time: slow, and unlike the machine.
// Returns the offset of the first byte after which no valid text is possible any more.
std::optional<std::uint64_t> first_bad_by_definition(Bytes text) {
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const std::uint32_t lead = at(i);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
        if (length == 0) return i;
        std::uint32_t low = lead & (length == 1 ? 0x7f : 0xff >> (length + 1));
        std::uint32_t high = low;
        for (std::size_t k = 1; k < length; ++k) {
            if (i + k == text.size()) return std::nullopt;
            if ((at(i + k) & 0xc0) != 0x80) return i + k;
            low = low << 6 | (at(i + k) & 0x3f);
            high = low;
            // The range of characters that the rest could still make.
            for (std::size_t rest = k + 1; rest < length; ++rest) low <<= 6, high = high << 6 | 0x3f;
            constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
            if (high < kSmallest[length] || low > 0x10ffff || (low >= 0xd800 && high <= 0xdfff)) return i + k;
            for (std::size_t rest = k + 1; rest < length; ++rest) low >>= 6;
        }
        i += length;
    }
    return std::nullopt;
}

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEveryLength) {
    EXPECT_TRUE(is_utf8(wire("00 7f | c280 dfbf | e0a080 ed9fbf ee8080 efbfbf | f0908080 f48fbfbf")));
}

TEST(Utf8, AcceptsTheEmptyText) { EXPECT_TRUE(is_utf8({})); }

TEST(Utf8, F13_FailsAtTheByteThatMakesATextImpossible) {
    EXPECT_EQ(first_bad("80"), 0U);           // a continuation alone
    EXPECT_EQ(first_bad("61 c0"), 1U);        // overlong
    EXPECT_EQ(first_bad("c1"), 0U);           // overlong
    EXPECT_EQ(first_bad("e0 9f"), 1U);        // overlong
    EXPECT_EQ(first_bad("f0 8f"), 1U);        // overlong
    EXPECT_EQ(first_bad("ed a0"), 1U);        // a surrogate
    EXPECT_EQ(first_bad("f4 90"), 1U);        // beyond U+10FFFF
    EXPECT_EQ(first_bad("f5"), 0U);
    EXPECT_EQ(first_bad("ff"), 0U);
    EXPECT_EQ(first_bad("c3 28"), 1U);        // the continuation is missing
    EXPECT_EQ(first_bad("e2 82 28"), 2U);
    EXPECT_EQ(first_bad("f0 9f 98 28"), 3U);
}

TEST(Utf8, F13_ATextThatEndsInsideACharacterIsNotComplete) {
    for (const auto* text : {"c3", "e2 82", "e2", "f0 9f 98", "f0 9f", "f0", "61 e0", "ed", "f4"}) {
        Utf8Validator validator;
        EXPECT_TRUE(validator.feed(wire(text)));
        EXPECT_FALSE(validator.complete()) << text;
    }
}

TEST(Utf8, StaysFailedUntilReset) {
    Utf8Validator validator;
    EXPECT_FALSE(validator.feed(wire("61 ff")));
    EXPECT_FALSE(validator.feed(wire("61")));
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
    EXPECT_TRUE(validator.feed(wire("82 ac 63")));
    EXPECT_FALSE(validator.feed(wire("64 ff")));
    EXPECT_EQ(validator.first_bad_offset(), 7U);
}

TEST(Utf8, AgreesWithTheDefinitionOnEveryPairOfBytes) {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
        const std::array text{static_cast<std::byte>(pair >> 8), static_cast<std::byte>(pair)};
        Utf8Validator validator;
        (void)validator.feed(text);
        ASSERT_EQ(validator.first_bad_offset(), first_bad_by_definition(text)) << pair;
    }
}

// Characters of every length, laid so that each of them crosses each border of a vector.
std::vector<std::byte> mixed_text(std::size_t size) {
    static const auto characters = wire("61 c3a9 e282ac f09f9880 ed9fbf 7f f48fbfbf e0a080 ee8080 c280");
    std::vector<std::byte> text;
    while (text.size() < size) text.insert(text.end(), characters.begin(), characters.end());
    text.resize(size);
    return text;
}

constexpr std::array<std::size_t, 14> kWidths{15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 97, 128, 200};

TEST(Utf8, F13_AgreesWithTheDefinitionForABadByteAtEveryPlaceOfEveryWidth) {
    for (const std::size_t width : kWidths) {
        for (const auto& base : {std::vector<std::byte>(width, std::byte{'a'}), mixed_text(width)}) {
            for (std::size_t place = 0; place < width; ++place) {
                for (const unsigned bad : {0x80U, 0xbfU, 0xc0U, 0xc3U, 0xe0U, 0xedU, 0xf0U, 0xf4U, 0xf5U, 0xffU, 0x20U}) {
                    auto text = base;
                    text[place] = static_cast<std::byte>(bad);
                    Utf8Validator validator;
                    (void)validator.feed(ExactCopy(text).bytes());
                    ASSERT_EQ(validator.first_bad_offset(), first_bad_by_definition(text)) << width << " " << place;
                }
            }
        }
    }
}

TEST(Utf8, F13_EveryFormAgreesForEveryLengthAndAlignment) {
    std::vector<utf8::SkipValid> forms{utf8::skip_valid_scalar, utf8::best_skip_valid()};
    for (std::size_t length = 0; length < 200; ++length) {
        for (std::size_t alignment = 0; alignment < 16; ++alignment) {
            const auto whole = mixed_text(alignment + length);
            const Bytes text = Bytes(whole).subspan(alignment);
            for (const auto form : forms) {
                // What was skipped and what follows make the same text as the whole.
                const std::size_t skipped = form(text);
                ASSERT_LE(skipped, length);
                if (skipped == 0) continue;
                ASSERT_EQ(first_bad_by_definition(text.first(skipped)), std::nullopt);
                ASSERT_NE(std::to_integer<int>(text[0]) & 0xc0, 0x80);
                if (skipped < length) ASSERT_NE(std::to_integer<int>(text[skipped]) & 0xc0, 0x80);
            }
        }
    }
}

TEST(Utf8, EverySplitInTwoGivesTheSameAnswer) {
    auto text = mixed_text(150);
    text[140] = std::byte{0xff};
    const auto wanted = first_bad_by_definition(text);
    for (std::size_t split = 0; split <= text.size(); ++split) {
        Utf8Validator validator;
        (void)(validator.feed(Bytes(text).first(split)) && validator.feed(Bytes(text).subspan(split)));
        ASSERT_EQ(validator.first_bad_offset(), wanted) << split;
    }
}

TEST(Utf8, AsciiIsSkippedInWholeSteps) {
    const std::string ascii(1000, 'x');
    EXPECT_EQ(utf8::skip_valid_scalar(as_bytes(ascii)), 1000U);
    EXPECT_GE(utf8::best_skip_valid()(as_bytes(ascii)), 992U);
}

}  // namespace
}  // namespace tautline
