// SPDX-License-Identifier: MIT
#include <tautline/base/byte_reader.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::ExactCopy;
using test::wire;

// Whether `read` gives nothing and takes nothing of fewer than `width` bytes.
template <typename Number>
bool needs_more_below(std::size_t width, std::optional<Number> (ByteReader::*read)()) {
    for (std::size_t size = 0; size < width; ++size) {
        const std::vector<std::byte> bytes(size);
        const ExactCopy copy(bytes);
        ByteReader reader(copy.bytes());
        if ((reader.*read)() || reader.position() != 0) return false;
    }
    return true;
}

TEST(ByteReader, ReadsNumbersInNetworkOrder) {
    const auto bytes = wire("01 | 0203 | 0708090a");
    ByteReader reader(bytes);

    EXPECT_EQ(reader.read_u8(), 0x01U);
    EXPECT_EQ(reader.read_u16(), 0x0203U);
    EXPECT_EQ(reader.read_u32(), 0x0708090aU);
    EXPECT_TRUE(reader.rest().empty());
}

TEST(ByteReader, ReadsTheLargestNumberOfEveryWidth) {
    const auto bytes = wire("ff | ffff | ffffffff");
    ByteReader reader(bytes);

    EXPECT_EQ(reader.read_u8(), std::numeric_limits<std::uint8_t>::max());
    EXPECT_EQ(reader.read_u16(), std::numeric_limits<std::uint16_t>::max());
    EXPECT_EQ(reader.read_u32(), std::numeric_limits<std::uint32_t>::max());
}

TEST(ByteReader, EveryPrefixOfANumberNeedsMoreAndTakesNothing) {
    EXPECT_TRUE(needs_more_below(1, &ByteReader::read_u8));
    EXPECT_TRUE(needs_more_below(2, &ByteReader::read_u16));
    EXPECT_TRUE(needs_more_below(4, &ByteReader::read_u32));
}

TEST(ByteReader, ReadsRunsOfBytesAsViews) {
    const auto bytes = wire("01 0203 04");
    ByteReader reader(bytes);
    (void)reader.read_u8();

    const Bytes run = reader.read_bytes(2).value_or(Bytes());

    EXPECT_EQ(run.data(), bytes.data() + 1);
    EXPECT_TRUE(std::ranges::equal(run, wire("0203")));
    EXPECT_EQ(reader.position(), 3U);
    EXPECT_TRUE(std::ranges::equal(reader.rest(), wire("04")));
}

TEST(ByteReader, ARunOfNoBytesIsAlwaysThere) {
    ByteReader reader({});
    EXPECT_TRUE(reader.read_bytes(0));
}

// A length that a peer chose: the sum of it and the position must not wrap round.
TEST(ByteReader, NeedsMoreForARunLongerThanMemory) {
    const auto bytes = wire("01 02");
    ByteReader reader(bytes);
    (void)reader.read_u8();
    EXPECT_FALSE(reader.read_bytes(2));
    EXPECT_FALSE(reader.read_bytes(std::numeric_limits<std::size_t>::max()));
    EXPECT_EQ(reader.position(), 1U);
}

}  // namespace
}  // namespace tautline
