// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/symbols.hpp>

#include <algorithm>
#include <cstddef>

#include <gtest/gtest.h>

namespace tautline::deflate {
namespace {

// The rows of the first table in RFC 1951 section 3.2.5, with symbols less 257.
TEST(DeflateSymbols, HasTheLengthsOfTheStandard) {
    EXPECT_EQ(kLengths[0], (Range{3, 0}));
    EXPECT_EQ(kLengths[7], (Range{10, 0}));
    EXPECT_EQ(kLengths[8], (Range{11, 1}));
    EXPECT_EQ(kLengths[11], (Range{17, 1}));
    EXPECT_EQ(kLengths[12], (Range{19, 2}));
    EXPECT_EQ(kLengths[16], (Range{35, 3}));
    EXPECT_EQ(kLengths[20], (Range{67, 4}));
    EXPECT_EQ(kLengths[24], (Range{131, 5}));
    EXPECT_EQ(kLengths[27], (Range{227, 5}));
    EXPECT_EQ(kLengths[28], (Range{258, 0}));
}

TEST(DeflateSymbols, HasTheDistancesOfTheStandard) {
    EXPECT_EQ(kDistances[0], (Range{1, 0}));
    EXPECT_EQ(kDistances[3], (Range{4, 0}));
    EXPECT_EQ(kDistances[4], (Range{5, 1}));
    EXPECT_EQ(kDistances[5], (Range{7, 1}));
    EXPECT_EQ(kDistances[6], (Range{9, 2}));
    EXPECT_EQ(kDistances[16], (Range{257, 7}));
    EXPECT_EQ(kDistances[29], (Range{24577, 13}));
}

TEST(DeflateSymbols, FindsTheSymbolWhoseRangeHoldsALength) {
    for (std::size_t length = kShortestMatch; length < kLongestMatch; ++length) {
        const Range range = kLengths[kSymbolOfLength[length]];

        EXPECT_GE(length, range.base);
        EXPECT_LT(length, range.base + (1U << range.extra_bits));
    }
    EXPECT_EQ(kSymbolOfLength[kLongestMatch], 28);
}

TEST(DeflateSymbols, FindsTheSymbolWhoseRangeHoldsADistance) {
    for (std::size_t distance = 1; distance <= 32768; ++distance) {
        const Range range = kDistances[symbol_of_distance(distance)];

        ASSERT_GE(distance, range.base);
        ASSERT_LT(distance, range.base + (1U << range.extra_bits));
    }
}

// RFC 1951 section 3.2.6.
TEST(DeflateSymbols, HasTheFixedCodeOfTheStandard) {
    const auto& lengths = kFixedLiteralLengths;

    EXPECT_EQ(std::ranges::count(lengths, 8), 144 + 8);
    EXPECT_EQ(std::ranges::count(lengths, 9), 112);
    EXPECT_EQ(std::ranges::count(lengths, 7), 24);
    EXPECT_EQ(lengths[143], 8);
    EXPECT_EQ(lengths[144], 9);
    EXPECT_EQ(lengths[kEndOfBlock], 7);
    EXPECT_EQ(lengths[280], 8);
}

}  // namespace
}  // namespace tautline::deflate
