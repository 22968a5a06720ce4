// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/base/little_endian.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

/// What a symbol means, and once it has a code also how many bits that takes. In 32 bits, so that a
/// table of them stays small:
///
///     | 31: literal | 30-16: value, or base of a range | 15-13: kind | 11-8: code | 7-0: bits |
///
/// where `code` is how many bits the code has, and `bits` also counts the extra ones behind it.
class Decoded {
public:
    /// One that no code leads to.
    constexpr Decoded() = default;

    static constexpr Decoded literal(std::size_t value) { return Decoded(kLiteral | value << 16); }
    static constexpr Decoded range(Range range) {
        return Decoded(std::size_t{range.base} << 16 | range.extra_bits);
    }
    static constexpr Decoded end_of_block() { return Decoded(kUnusual | kEnd); }
    /// The code is longer than a table shows, or there is none.
    static constexpr Decoded long_code() { return Decoded(kUnusual | kLong); }

    [[nodiscard]] constexpr Decoded with_code_of(std::size_t bits) const {
        return Decoded(packed_ + 0x101 * bits);
    }

    [[nodiscard]] constexpr bool is_literal() const { return (packed_ & kLiteral) != 0; }
    /// Neither a literal nor a range.
    [[nodiscard]] constexpr bool is_unusual() const { return (packed_ & kUnusual) != 0; }
    [[nodiscard]] constexpr bool is_end_of_block() const { return (packed_ & kEnd) != 0; }
    [[nodiscard]] constexpr bool is_long() const { return (packed_ & kLong) != 0; }

    /// How many bits of the input it takes.
    [[nodiscard]] constexpr unsigned bits() const { return packed_ & 0xff; }
    [[nodiscard]] constexpr std::byte byte() const { return static_cast<std::byte>(packed_ >> 16); }
    /// The number within a range, where `input` begins with the code and the extra bits.
    [[nodiscard]] constexpr std::uint32_t number(std::uint64_t input) const {
        const std::uint64_t taken = input & ((std::uint64_t{1} << bits()) - 1);
        return (packed_ >> 16) + static_cast<std::uint32_t>(taken >> (packed_ >> 8 & 15));
    }

    friend constexpr bool operator==(Decoded, Decoded) = default;

private:
    static constexpr std::uint32_t kLiteral = 1U << 31;
    static constexpr std::uint32_t kUnusual = 1U << 15;
    static constexpr std::uint32_t kEnd = 1U << 14;
    static constexpr std::uint32_t kLong = 1U << 13;

    constexpr explicit Decoded(std::size_t packed) : packed_(static_cast<std::uint32_t>(packed)) {}

    std::uint32_t packed_ = kUnusual;
};

namespace detail {

// The codes of up to so many bits, turned round: DEFLATE puts the first bit of a code lowest.
template <std::size_t kBits>
constexpr auto reversed_codes() {
    std::array<std::uint16_t, std::size_t{1} << kBits> all{};
    for (std::size_t code = 1; code < all.size(); ++code) {
        all[code] = static_cast<std::uint16_t>(all[code / 2] / 2 | code % 2 << (kBits - 1));
    }
    return all;
}
inline constexpr std::size_t kMostIndexBits = 10;
inline constexpr auto kReversedCodes = reversed_codes<kMostIndexBits>();

// A bit for each of the first 64 numbers, which are less than 128. Eight are read at a time.
inline std::uint64_t which_are_not_zero(std::span<const std::uint8_t> numbers) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::size_t count = std::min<std::size_t>(numbers.size(), 64);
    std::uint64_t all = 0;
    for (std::size_t first = 0; first < count; first += 8) {
        const auto* from = reinterpret_cast<const std::byte*>(numbers.data() + first);
        // The sum carries into the highest bit of those that are not 0; the product collects them.
        const std::uint64_t bits = (load_little_endian(from) + 0x7f * kOnes) >> 7 & kOnes;
        all |= bits * 0x0102040810204080 >> 56 << first;
    }
    return all & ~std::uint64_t{0} >> (64 - count);
}

}  // namespace detail

/// Finds the symbol whose code the input begins with (RFC 1951 section 3.2.2), in one look for
/// codes of up to `kIndexBits` bits. `kMeanings` says what each symbol stands for.
///
/// Calling order: `build`; the rest only when it gave true.
/// Memory: 4 bytes << `kIndexBits`, and 2 for each symbol.
template <std::size_t kIndexBits, const auto& kMeanings>
class DecodingTable {
public:
    static constexpr std::size_t kSymbols = kMeanings.size();

    /// Takes a code by the number of bits that each symbol has, 0 for those that do not occur.
    /// It reads `lengths` eight at a time: as many as the next multiple of eight must be readable.
    ///
    /// False unless the code is complete. As zlib does, it takes one code of one bit alone too, and
    /// no code at all.
    [[nodiscard]] bool build(std::span<const std::uint8_t> lengths);

    /// Whether every input begins with a code.
    [[nodiscard]] bool complete() const { return complete_; }

    /// What the input begins with. A long code is to be looked for with `find_long`.
    [[nodiscard]] Decoded find(std::uint64_t input) const { return entries_[input & mask_]; }
    /// Finds every code, bit by bit. `Decoded()` when it is none.
    [[nodiscard, gnu::noinline]] Decoded find_long(std::uint64_t input) const;

private:
    static_assert(kIndexBits <= detail::kMostIndexBits);
    using Symbols = std::array<std::uint16_t, kSymbols>;

    std::size_t collect(std::span<const std::uint8_t> lengths, Symbols& present);
    void sort(std::span<const std::uint8_t> lengths, std::span<const std::uint16_t> present);
    void fill(std::size_t longest);

    std::array<Decoded, std::size_t{1} << kIndexBits> entries_;
    std::uint64_t mask_ = 0;
    std::array<std::uint16_t, kLongestCode + 1> counts_{};  // of the codes of each length
    Symbols sorted_{};                                      // those that occur, by their codes
    bool complete_ = false;
};

template <std::size_t kIndexBits, const auto& kMeanings>
bool DecodingTable<kIndexBits, kMeanings>::build(std::span<const std::uint8_t> lengths) {
    Symbols present;
    const std::size_t used = collect(lengths, present);
    std::size_t space = 0;  // of all inputs, those that begin with a code
    std::size_t longest = 0;
    for (std::size_t bits = 1; bits <= kLongestCode; ++bits) {
        space += std::size_t{counts_[bits]} << (kLongestCode - bits);
        if (counts_[bits] > 0) longest = bits;
    }
    complete_ = space == std::size_t{1} << kLongestCode;
    if (!complete_ && (used > 1 || longest > 1)) return false;
    sort(lengths, {present.data(), used});
    fill(longest);
    return true;
}

// Counts the codes of each length, and lists the symbols that have one. Most have none.
template <std::size_t kIndexBits, const auto& kMeanings>
std::size_t DecodingTable<kIndexBits, kMeanings>::collect(std::span<const std::uint8_t> lengths,
                                                          Symbols& present) {
    counts_ = {};
    std::size_t used = 0;
    for (std::size_t first = 0; first < lengths.size(); first += 64) {
        std::uint64_t there = detail::which_are_not_zero(lengths.subspan(first));
        for (; there != 0; there &= there - 1) {
            const std::size_t symbol = first + static_cast<std::size_t>(std::countr_zero(there));
            present[used++] = static_cast<std::uint16_t>(symbol);
            ++counts_[lengths[symbol]];
        }
    }
    return used;
}

// Shorter codes come first, and among codes of one length those of lower symbols.
template <std::size_t kIndexBits, const auto& kMeanings>
void DecodingTable<kIndexBits, kMeanings>::sort(std::span<const std::uint8_t> lengths,
                                                std::span<const std::uint16_t> present) {
    std::array<std::uint16_t, kLongestCode + 2> place{};
    for (std::size_t bits = 1; bits <= kLongestCode; ++bits) {
        place[bits + 1] = static_cast<std::uint16_t>(place[bits] + counts_[bits]);
    }
    for (const std::uint16_t symbol : present) sorted_[place[lengths[symbol]]++] = symbol;
}

template <std::size_t kIndexBits, const auto& kMeanings>
void DecodingTable<kIndexBits, kMeanings>::fill(std::size_t longest) {
    const std::size_t index_bits = std::min(longest, kIndexBits);
    mask_ = (std::uint64_t{1} << index_bits) - 1;
    const auto place = [](std::size_t code, std::size_t bits) {
        return std::size_t{detail::kReversedCodes[code]} >> (detail::kMostIndexBits - bits);
    };
    std::size_t code = 0;
    const std::uint16_t* symbol = sorted_.data();
    for (std::size_t bits = 1; bits <= index_bits; ++bits) {
        // What was found by fewer bits is found whatever the next one is.
        std::copy_n(entries_.begin(), std::size_t{1} << (bits - 1),
                    entries_.begin() + (std::ptrdiff_t{1} << (bits - 1)));
        code *= 2;
        for (std::size_t count = counts_[bits]; count > 0; --count) {
            entries_[place(code++, bits)] = kMeanings[*symbol++].with_code_of(bits);
        }
    }
    // What no code of so many bits begins with: longer ones, or none.
    for (; code <= mask_; ++code) entries_[place(code, index_bits)] = Decoded::long_code();
}

template <std::size_t kIndexBits, const auto& kMeanings>
Decoded DecodingTable<kIndexBits, kMeanings>::find_long(std::uint64_t input) const {
    std::size_t code = 0;
    std::size_t first = 0;  // code of as many bits
    std::size_t index = 0;  // of its symbol
    for (std::size_t bits = 1; bits <= kLongestCode; ++bits, input >>= 1) {
        code = code * 2 + (input & 1);
        first *= 2;
        const std::size_t count = counts_[bits];
        if (code < first + count) {
            return kMeanings[sorted_[index + code - first]].with_code_of(bits);
        }
        first += count;
        index += count;
    }
    return {};
}

}  // namespace tautline::deflate
