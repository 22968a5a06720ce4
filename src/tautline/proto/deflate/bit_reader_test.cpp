// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/bit_reader.hpp>

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::deflate {
namespace {

using test::wire;

// RFC 1951 section 3.1.1: numbers begin with their lowest bit, at the lowest bit of a byte.
TEST(BitReader, TakesNumbersFromTheLowestBitOn) {
    const auto bytes = wire("f2 48 cd c9 c9 07 00 00 00 00 00 00 00 00 00 00");
    BitReader in(bytes.data());
    in.refill();

    EXPECT_EQ(in.take(1), 0U);
    EXPECT_EQ(in.take(2), 1U);
    EXPECT_EQ(in.take(8), 0x1eU);
    EXPECT_EQ(in.take(0), 0U);
    EXPECT_EQ(in.take(32), 0xf939'39a9U);
}

// Whatever is left when it is refilled.
TEST(BitReader, ReadsOnAfterEveryNumberOfBits) {
    std::vector<std::byte> bytes;
    for (int value = 0; value < 100; ++value) bytes.push_back(static_cast<std::byte>(value * 37));
    for (unsigned step = 1; step <= 32; ++step) {
        BitReader in(bytes.data());
        for (std::size_t bit = 0; bit + step < 8 * (bytes.size() - 15); bit += step) {
            in.refill();
            for (unsigned index = 0; index < step; ++index) {
                const unsigned byte = std::to_integer<unsigned>(bytes[(bit + index) / 8]);
                ASSERT_EQ(in.take(1), byte >> (bit + index) % 8 & 1) << step << " " << bit;
            }
        }
    }
}

TEST(BitReader, GivesAllThatItPromises) {
    const auto bytes = wire("ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 00");
    BitReader in(bytes.data());
    in.refill();

    EXPECT_EQ(in.take(24), 0xff'ffffU);
    EXPECT_EQ(in.take(BitReader::kRefilled - 24), 0xffff'ffffU);
    EXPECT_EQ(in.position(), bytes.data() + 7);
}

TEST(BitReader, KnowsTheFirstByteOfWhichNothingWasTaken) {
    const std::vector<std::byte> bytes(32);
    BitReader in(bytes.data());
    EXPECT_EQ(in.position(), bytes.data());
    in.refill();
    EXPECT_EQ(in.position(), bytes.data());

    in.drop(1);
    EXPECT_EQ(in.position(), bytes.data() + 1);
    in.drop(7);
    EXPECT_EQ(in.position(), bytes.data() + 1);
    in.drop(9);
    in.refill();
    EXPECT_EQ(in.position(), bytes.data() + 3);
}

TEST(BitReader, DropsWhatIsLeftOfAByte) {
    const auto bytes = wire("01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10");
    BitReader in(bytes.data());
    in.refill();

    in.drop_to_byte();
    EXPECT_EQ(in.take(3), 1U);
    in.drop_to_byte();
    EXPECT_EQ(in.take(8), 2U);
    in.drop_to_byte();
    EXPECT_EQ(in.take(8), 3U);
}

}  // namespace
}  // namespace tautline::deflate
