// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/bit_writer.hpp>

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace tautline::deflate {
namespace {

TEST(BitWriter, FillsBytesFromTheLowestBit) {
    std::array<std::byte, 16> out{};
    BitWriter writer(out.data());

    writer.add(0b1, 1);
    writer.add(0b01, 2);
    writer.add(0b110101, 6);
    const std::byte* end = writer.finish();

    EXPECT_EQ(end - out.data(), 2);
    EXPECT_EQ(out[0], std::byte{0b10101011});
    EXPECT_EQ(out[1], std::byte{0b00000001});
}

TEST(BitWriter, TakesFiftySixBitsBetweenFlushes) {
    std::array<std::byte, 24> out{};
    BitWriter writer(out.data());

    writer.add(0b1111111, 7);
    writer.flush();
    writer.add((1ULL << 56) - 1, 56);
    writer.flush();
    writer.add(1, 1);
    const std::byte* end = writer.finish();

    EXPECT_EQ(end - out.data(), 8);
    for (std::size_t index = 0; index < 8; ++index) EXPECT_EQ(out[index], std::byte{0xff}) << index;
}

TEST(BitWriter, WritesNothingWithoutBits) {
    std::array<std::byte, 8> out{};
    BitWriter writer(out.data());

    EXPECT_EQ(writer.finish(), out.data());
}

}  // namespace
}  // namespace tautline::deflate
