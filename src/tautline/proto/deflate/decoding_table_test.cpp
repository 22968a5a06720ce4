// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/decoding_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::deflate {
namespace {

// Each symbol stands for its own number.
constexpr auto kNumbers = [] {
    std::array<Decoded, 300> all{};
    for (std::size_t symbol = 0; symbol < all.size(); ++symbol) {
        all[symbol] = Decoded::range({static_cast<std::uint16_t>(symbol), 0});
    }
    return all;
}();

using Table = DecodingTable<3, kNumbers>;
constexpr std::uint32_t kNothing = 999;

// Builds from a copy with as much behind it as must be readable, and no more.
template <class Wanted>
bool build(Wanted& table, std::span<const std::uint8_t> lengths) {
    std::vector<std::uint8_t> exact(lengths.begin(), lengths.end());
    exact.resize(lengths.size() + 7, 255);
    return table.build(std::span(exact).first(lengths.size()));
}

std::uint64_t input_of(std::string_view bits) {
    std::uint64_t input = 0;
    for (std::size_t index = 0; index < bits.size(); ++index) {
        if (bits[index] == '1') input |= std::uint64_t{1} << index;
    }
    return input;
}

// The symbol found for input that begins with these bits, whatever comes behind; checks that the
// code is all of them.
template <class Wanted>
std::uint32_t found(const Wanted& table, std::string_view bits) {
    const std::uint64_t input = input_of(bits);
    const std::uint64_t behind = ~std::uint64_t{0} << bits.size();
    Decoded result = table.find(input);
    EXPECT_EQ(table.find(input | behind), result);
    EXPECT_EQ(table.find_long(input | behind), table.find_long(input));
    if (result.is_long()) result = table.find_long(input);
    EXPECT_EQ(table.find_long(input), result) << "both ways find the same";
    if (result.is_unusual()) return kNothing;
    EXPECT_EQ(result.bits(), bits.size());
    return result.number(input);
}

// RFC 1951 section 3.2.2: symbols A to H.
TEST(DecodingTable, FindsTheCodesOfTheStandard) {
    Table table;
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 8>{3, 3, 3, 3, 3, 2, 4, 4}));

    EXPECT_TRUE(table.complete());
    EXPECT_EQ(found(table, "010"), 0U);
    EXPECT_EQ(found(table, "011"), 1U);
    EXPECT_EQ(found(table, "100"), 2U);
    EXPECT_EQ(found(table, "101"), 3U);
    EXPECT_EQ(found(table, "110"), 4U);
    EXPECT_EQ(found(table, "00"), 5U);
    EXPECT_EQ(found(table, "1110"), 6U);
    EXPECT_EQ(found(table, "1111"), 7U);
}

TEST(DecodingTable, SaysWhichCodesAreTooLongForIt) {
    Table table;
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 5>{1, 2, 3, 4, 4}));

    EXPECT_FALSE(table.find(input_of("110")).is_long());
    EXPECT_TRUE(table.find(input_of("1110")).is_long());
    EXPECT_TRUE(table.find(input_of("1110")).is_unusual());
}

// Of every length that there is.
TEST(DecodingTable, FindsCodesOfUpToFifteenBits) {
    std::array<std::uint8_t, 16> lengths{};
    for (std::size_t symbol = 0; symbol < 15; ++symbol) {
        lengths[symbol] = static_cast<std::uint8_t>(symbol + 1);
    }
    lengths[15] = 15;
    DecodingTable<10, kNumbers> table;
    ASSERT_TRUE(build(table, lengths));

    for (std::uint32_t symbol = 0; symbol < 15; ++symbol) {
        EXPECT_EQ(found(table, std::string(symbol, '1') + "0"), symbol);
    }
    EXPECT_EQ(found(table, std::string(15, '1')), 15U);
}

bool finds_both(Table& table, std::size_t first, std::size_t second) {
    std::vector<std::uint8_t> lengths(second + 1);
    lengths[first] = lengths[second] = 1;
    return build(table, lengths) && found(table, "0") == first && found(table, "1") == second;
}

// Symbols that have no code are skipped, in pieces of 8 and of 64.
TEST(DecodingTable, FindsTwoSymbolsWhereverTheyAre) {
    Table table;
    for (std::size_t first = 0; first < kNumbers.size(); ++first) {
        for (std::size_t second = first + 1; second < kNumbers.size(); second += 7) {
            ASSERT_TRUE(finds_both(table, first, second)) << first << " " << second;
        }
    }
}

TEST(DecodingTable, TakesNoNotesOfTheCodeBefore) {
    Table table;
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 5>{1, 2, 3, 4, 4}));
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 3>{0, 1, 1}));

    EXPECT_EQ(found(table, "0"), 1U);
    EXPECT_EQ(found(table, "1"), 2U);
}

TEST(DecodingTable, RefusesMoreCodesThanThereIsSpaceFor) {
    Table table;

    EXPECT_FALSE(build(table, std::array<std::uint8_t, 3>{1, 1, 1}));
    EXPECT_FALSE(build(table, std::array<std::uint8_t, 3>{1, 1, 15}));
    EXPECT_FALSE(build(table, std::array<std::uint8_t, 5>{2, 2, 2, 2, 2}));
}

TEST(DecodingTable, RefusesCodesThatLeaveSpace) {
    Table table;

    EXPECT_FALSE(build(table, std::array<std::uint8_t, 1>{2}));
    EXPECT_FALSE(build(table, std::array<std::uint8_t, 1>{15}));
    EXPECT_FALSE(build(table, std::array<std::uint8_t, 2>{1, 2}));
    EXPECT_FALSE(build(table, std::array<std::uint8_t, 3>{1, 2, 15}));
}

// RFC 1951 section 3.2.7: a single distance is one bit long, and the other bit stands for nothing.
TEST(DecodingTable, TakesOneCodeOfOneBit) {
    Table table;
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 3>{0, 0, 1}));

    EXPECT_FALSE(table.complete());
    EXPECT_EQ(found(table, "0"), 2U);
    EXPECT_EQ(found(table, "1"), kNothing);
}

TEST(DecodingTable, TakesNoCodeAtAllAndFindsNothing) {
    Table table;
    ASSERT_TRUE(build(table, std::array<std::uint8_t, 3>{}));

    EXPECT_FALSE(table.complete());
    EXPECT_EQ(found(table, "0"), kNothing);
    EXPECT_EQ(found(table, "1"), kNothing);
}

TEST(Decoded, IsWhatItWasMadeOf) {
    EXPECT_TRUE(Decoded::literal(255).is_literal());
    EXPECT_EQ(Decoded::literal(255).byte(), std::byte{255});
    EXPECT_FALSE(Decoded::literal(255).is_unusual());
    EXPECT_TRUE(Decoded::end_of_block().is_end_of_block());
    EXPECT_FALSE(Decoded::end_of_block().is_long());
    EXPECT_TRUE(Decoded().is_unusual());
    EXPECT_FALSE(Decoded().is_end_of_block());
    EXPECT_FALSE(Decoded().is_long());
}

// The largest there is: a distance of 13 extra bits, with a code of 15.
TEST(Decoded, AddsTheExtraBitsBehindTheCode) {
    const Decoded distance = Decoded::range(kDistances[29]).with_code_of(15);

    EXPECT_EQ(distance.bits(), 28U);
    EXPECT_FALSE(distance.is_literal());
    EXPECT_FALSE(distance.is_unusual());
    EXPECT_EQ(distance.number(0x7fff), 24'577U);
    EXPECT_EQ(distance.number(~std::uint64_t{0}), 32'768U);
}

}  // namespace
}  // namespace tautline::deflate
