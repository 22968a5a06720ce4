// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <ranges>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// The number whose bytes these are, in network order. Of more than eight the last eight count.
[[nodiscard]] constexpr std::uint64_t read_big_endian(Bytes bytes) {
    std::uint64_t number = 0;
    for (const std::byte byte : bytes) number = number << 8 | std::to_integer<std::uint64_t>(byte);
    return number;
}

/// Fills `out` with the low bytes of `number` in network order.
constexpr void write_big_endian(std::uint64_t number, MutableBytes out) {
    for (std::byte& byte : out | std::views::reverse) {
        byte = static_cast<std::byte>(number & 0xff);
        number >>= 8;
    }
}

}  // namespace tautline
