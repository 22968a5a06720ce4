// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/proto/deflate/bit_writer.hpp>
#include <tautline/proto/deflate/prefix_code.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

/// How a block with codes of its own describes them (RFC 1951 section 3.2.7): the lengths of all
/// words, those that repeat as runs, in a prefix code again.
class BlockHeader {
public:
    /// Of the codes for literals and lengths, and for distances.
    BlockHeader(std::span<const CodeWord> literals, std::span<const CodeWord> distances);

    /// How many bits `write` writes.
    [[nodiscard]] std::size_t bits() const { return bits_; }
    /// Writes all that follows the three bits that each block begins with.
    void write(BitWriter& out) const;

private:
    static constexpr std::size_t kMostLengths = kLiteralSymbols + kDistanceSymbols;

    struct Run {
        std::uint8_t symbol = 0;
        std::uint8_t extra = 0;
    };
    void add(std::size_t symbol, std::size_t extra);
    void add_runs(const std::byte* lengths);
    void add_zeros(std::size_t count);
    void add_repeats(std::size_t length, std::size_t count);
    void make_code();

    std::size_t literals_;
    std::size_t distances_;
    std::array<Run, kMostLengths> runs_;
    std::size_t runs_count_ = 0;
    std::array<std::uint16_t, kCodeLengthSymbols> frequencies_{};
    std::array<CodeWord, kCodeLengthSymbols> code_;
    std::size_t code_lengths_ = kCodeLengthSymbols;  // that are told, in their own order
    std::size_t bits_ = 0;
};

}  // namespace tautline::deflate
