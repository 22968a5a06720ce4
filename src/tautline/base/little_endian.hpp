// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tautline {

/// The eight bytes at `from` as a number, the first byte lowest: whoever calls it knows that all
/// eight are there.
[[nodiscard]] inline std::uint64_t load_little_endian(const std::byte* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

/// Writes all eight bytes of `word` to `to`, the lowest first.
inline void store_little_endian(std::uint64_t word, std::byte* to) {
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::memcpy(to, &word, sizeof word);
}

}  // namespace tautline
