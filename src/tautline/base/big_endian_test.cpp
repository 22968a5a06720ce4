// SPDX-License-Identifier: MIT
#include <tautline/base/big_endian.hpp>

#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::wire;

TEST(BigEndian, TheFirstByteIsTheMostSignificant) {
    EXPECT_EQ(read_big_endian(wire("0102")), 0x0102U);
    EXPECT_EQ(read_big_endian(wire("0102 0304 0506 0708")), 0x0102030405060708U);
}

TEST(BigEndian, NoByteAtAllIsZero) { EXPECT_EQ(read_big_endian({}), 0U); }

TEST(BigEndian, TheLargestNumberOfEveryWidthIsRead) {
    EXPECT_EQ(read_big_endian(wire("ff")), 0xffU);
    EXPECT_EQ(read_big_endian(wire("ffff ffff")), 0xffffffffU);
    EXPECT_EQ(read_big_endian(wire("ffff ffff ffff ffff")),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(BigEndian, WritesAsManyBytesAsThereIsRoomFor) {
    std::vector<std::byte> two(2);
    std::vector<std::byte> eight(8);

    write_big_endian(0xa1b2c3, two);
    write_big_endian(0xa1b2c3, eight);

    EXPECT_EQ(two, wire("b2c3"));
    EXPECT_EQ(eight, wire("0000 0000 00a1 b2c3"));
}

}  // namespace
}  // namespace tautline
