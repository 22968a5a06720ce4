// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <tautline/base/bytes.hpp>

namespace tautline::websocket {

using MaskingKey = std::array<std::byte, 4>;

namespace masking {

/// Sixteen bytes at once, in what every processor of today has registers for.
using Wide [[gnu::vector_size(16)]] = std::uint32_t;

/// A key as it lies in memory, turned to begin with the byte for `offset`.
[[nodiscard]] inline std::uint32_t turned(std::uint32_t key, std::uint64_t offset) {
    const int bits = static_cast<int>(offset % sizeof key) * 8;
    if constexpr (std::endian::native == std::endian::big) return std::rotl(key, bits);
    return std::rotr(key, bits);
}

/// The key as often as it fits into a word.
template <typename Word>
[[nodiscard]] Word repeated(std::uint32_t key) {
    if constexpr (sizeof(Word) == sizeof(Wide)) {
        return Wide{key, key, key, key};
    } else if constexpr (sizeof(Word) == sizeof(std::uint64_t)) {
        return std::uint64_t{key} << 32 | key;
    } else {
        return key;
    }
}

template <typename Word>
[[nodiscard]] Word load(const std::byte* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

template <typename Word>
void store(Word word, std::byte* to) {
    std::memcpy(to, &word, sizeof word);
}

/// At least one word. The last one may lie over the one before it, so that no bytes are left over:
/// it is loaded before anything is masked.
template <typename Word>
[[gnu::always_inline]] inline void mask_words(const std::byte* from, std::byte* to,
                                              std::size_t size, std::uint32_t key) {
    const std::size_t last_at = size - sizeof(Word);
    const auto last = load<Word>(from + last_at) ^ repeated<Word>(turned(key, last_at));
    const auto word_key = repeated<Word>(key);
    for (std::size_t i = 0; i < last_at; i += sizeof(Word)) {
        store<Word>(load<Word>(from + i) ^ word_key, to + i);
    }
    store<Word>(last, to + last_at);
}

/// The same for any size, by words of at most eight bytes.
[[gnu::always_inline]] inline void mask_few(const std::byte* from, std::byte* to, std::size_t size,
                                            std::uint32_t key) {
    if (size >= sizeof(std::uint64_t)) return mask_words<std::uint64_t>(from, to, size, key);
    if (size >= sizeof key) return mask_words<std::uint32_t>(from, to, size, key);
    const auto bytes = std::bit_cast<MaskingKey>(key);
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i] ^ bytes[i];
}

/// The same for the few bytes of a short message, where a call costs more than they do. With a key
/// of zeros it copies. `from` and `to` are the same or do not overlap.
[[gnu::always_inline]] inline void mask_short(const std::byte* from, std::byte* to,
                                              std::size_t size, std::uint32_t key) {
    if (size >= sizeof(Wide)) return mask_words<Wide>(from, to, size, key);
    mask_few(from, to, size, key);
}

}  // namespace masking
}  // namespace tautline::websocket
