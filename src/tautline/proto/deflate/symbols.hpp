// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// The alphabets of DEFLATE (RFC 1951 section 3.2.5 to 3.2.7). Both directions read them here.
namespace tautline::deflate {

/// What a symbol for a length or a distance stands for: `base` plus the number in the `extra_bits`
/// that follow the symbol.
struct Range {
    std::uint16_t base = 0;
    std::uint8_t extra_bits = 0;

    friend constexpr bool operator==(const Range&, const Range&) = default;
};

/// The alphabet of literals and lengths: 0 to 255 are bytes, then the end of the block, then
/// lengths.
inline constexpr std::size_t kEndOfBlock = 256;
inline constexpr std::size_t kFirstLength = 257;
inline constexpr std::size_t kLengthSymbols = 29;
inline constexpr std::size_t kLiteralSymbols = kFirstLength + kLengthSymbols;
inline constexpr std::size_t kDistanceSymbols = 30;
/// The alphabet of code lengths, in which both codes of a block are described.
inline constexpr std::size_t kCodeLengthSymbols = 19;
inline constexpr std::size_t kRepeatPrevious = 16;
inline constexpr std::size_t kFewZeros = 17;
inline constexpr std::size_t kManyZeros = 18;

inline constexpr std::size_t kShortestMatch = 3;
inline constexpr std::size_t kLongestMatch = 258;
/// Of the codes for literals, lengths and distances; of the code for code lengths.
inline constexpr std::size_t kLongestCode = 15;
inline constexpr std::size_t kLongestCodeLengthCode = 7;

namespace detail {

// Both tables grow alike: after the first `singles` symbols each group of so many has one bit more.
template <std::size_t kSymbols>
constexpr std::array<Range, kSymbols> ranges(unsigned first, std::size_t group) {
    std::array<Range, kSymbols> all{};
    unsigned base = first;
    for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
        const std::size_t extra_bits = symbol < 2 * group ? 0 : symbol / group - 1;
        all[symbol] = {static_cast<std::uint16_t>(base), static_cast<std::uint8_t>(extra_bits)};
        base += 1U << extra_bits;
    }
    return all;
}

constexpr std::array<Range, kLengthSymbols> lengths() {
    auto all = ranges<kLengthSymbols>(kShortestMatch, 4);
    all.back() = {kLongestMatch, 0};  // has a symbol of its own, although 284 reaches that far
    return all;
}

constexpr std::array<std::uint8_t, kLongestMatch + 1> symbols_of_lengths() {
    std::array<std::uint8_t, kLongestMatch + 1> all{};
    for (std::uint8_t symbol = 0; symbol < kLengthSymbols; ++symbol) {
        for (std::size_t length = lengths()[symbol].base; length < all.size(); ++length) {
            all[length] = symbol;
        }
    }
    return all;
}

constexpr std::array<std::uint8_t, 288> fixed_literal_lengths() {
    std::array<std::uint8_t, 288> all{};
    for (std::size_t symbol = 0; symbol < all.size(); ++symbol) {
        all[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
    }
    return all;
}

}  // namespace detail

/// Lengths of matches, from symbol 257 on.
inline constexpr std::array<Range, kLengthSymbols> kLengths = detail::lengths();
/// Distances of matches.
inline constexpr std::array<Range, kDistanceSymbols> kDistances =
    detail::ranges<kDistanceSymbols>(1, 2);

/// For each length from 3 to 258 its index in `kLengths`.
inline constexpr auto kSymbolOfLength = detail::symbols_of_lengths();

/// The index in `kDistances` of a distance from 1 to 32768.
[[nodiscard]] constexpr std::size_t symbol_of_distance(std::size_t distance) {
    if (distance <= 2) return distance - 1;
    const auto top_bit = static_cast<std::size_t>(std::bit_width(distance - 1)) - 1;
    return 2 * top_bit + ((distance - 1) >> (top_bit - 1) & 1);
}

/// How many bits the fixed code has for each symbol (section 3.2.6); the last two never occur. Each
/// distance has five.
inline constexpr auto kFixedLiteralLengths = detail::fixed_literal_lengths();
inline constexpr std::uint8_t kFixedDistanceLength = 5;

/// In this order a block tells how long the codes of the code lengths are.
inline constexpr std::array<std::uint8_t, kCodeLengthSymbols> kCodeLengthOrder{
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

}  // namespace tautline::deflate
