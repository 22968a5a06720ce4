// SPDX-License-Identifier: MIT
#include <tautline/base/byte_writer.hpp>

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::wire;

TEST(ByteWriter, WritesNumbersInNetworkOrder) {
    std::array<std::byte, 18> room{};
    ByteWriter writer(room);

    writer.write_u8(0x01);
    writer.write_u16(0x0203);
    writer.write_u24(0x040506);
    writer.write_u32(0x0708090a);
    writer.write_u64(0x0b0c0d0e0f101112);

    EXPECT_TRUE(std::ranges::equal(writer.written(),
                                   wire("01 | 0203 | 040506 | 0708090a | 0b0c0d0e0f101112")));
    EXPECT_EQ(writer.room(), 0U);
}

TEST(ByteWriter, CopiesRunsOfBytes) {
    std::array<std::byte, 4> room{};
    ByteWriter writer(room);

    writer.write_u8(0x01);
    writer.write_bytes(wire("0203"));
    writer.write_bytes({});

    EXPECT_TRUE(std::ranges::equal(writer.written(), wire("01 0203")));
    EXPECT_EQ(writer.room(), 1U);
}

TEST(ByteWriter, LeavesWhatWasNotWrittenAsItWas) {
    std::array<std::byte, 3> room{std::byte{9}, std::byte{9}, std::byte{9}};
    ByteWriter writer(room);

    writer.write_u16(0x0102);

    EXPECT_TRUE(std::ranges::equal(room, wire("01 02 09")));
}

TEST(ByteWriterDeathTest, StopsTheProgramWhenTheRoomIsUsedUp) {
    std::array<std::byte, 3> room{};
    ByteWriter writer(room);
    EXPECT_DEATH(writer.write_u32(0), "contract broken");
    EXPECT_DEATH(writer.write_bytes(wire("01020304")), "contract broken");
}

TEST(ByteWriterDeathTest, StopsTheProgramWhenANumberHasMoreThan24Bits) {
    std::array<std::byte, 3> room{};
    EXPECT_DEATH(ByteWriter(room).write_u24(0x1000000), "contract broken");
}

}  // namespace
}  // namespace tautline
