// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

/// What is written for a symbol: its `length` low bits, the first one lowest. A length of 0 means
/// that the symbol does not occur.
struct CodeWord {
    std::uint16_t bits = 0;
    std::uint16_t length = 0;
};

/// The largest sum of frequencies that `make_prefix_code` takes, as its table of logarithms ends
/// there: a message of 8 KiB and its end fit. No code word then has more than 14 bits.
inline constexpr std::size_t kMostOccurrences = 8448;

/// Gives each symbol that occurs a code word, a shorter one if it occurs more often. Both ranges
/// have one element for each symbol of the alphabet.
///
/// The code is complete (RFC 1951 section 3.2.2), as inflaters want it: where fewer than two
/// symbols occur the first of the others get words as well.
/// It is not quite Huffman's, which needs a sort or a tree: a length is the logarithm of the
/// frequency, rounded up, and what remains of the code then shortens those that were rounded up
/// most. That costs less than a hundredth in length.
/// Limits: at most `kLiteralSymbols` symbols, and `kMostOccurrences` in all.
void make_prefix_code(std::span<const std::uint16_t> frequencies, std::span<CodeWord> code);

/// The code that a block may have instead of its own (RFC 1951 section 3.2.6).
[[nodiscard]] std::span<const CodeWord> fixed_literal_code();
[[nodiscard]] std::span<const CodeWord> fixed_distance_code();

}  // namespace tautline::deflate
