// SPDX-License-Identifier: MIT
#include <tautline/base/little_endian.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

namespace tautline {
namespace {

constexpr std::array kBytes{std::byte{0x08}, std::byte{0x07}, std::byte{0x06}, std::byte{0x05},
                            std::byte{0x04}, std::byte{0x03}, std::byte{0x02}, std::byte{0x01}};

TEST(LittleEndian, LoadsTheFirstByteLowest) {
    EXPECT_EQ(load_little_endian(kBytes.data()), 0x0102030405060708U);
}

TEST(LittleEndian, StoresTheLowestByteFirst) {
    std::array<std::byte, 8> out{};

    store_little_endian(0x0102030405060708U, out.data());

    EXPECT_EQ(out, kBytes);
}

}  // namespace
}  // namespace tautline
