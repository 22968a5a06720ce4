// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/bit_writer.hpp>
#include <tautline/proto/deflate/match_finder.hpp>
#include <tautline/proto/deflate/prefix_code.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

/// Compresses short messages that do not refer to each other, each to one block (RFC 1951 section
/// 3.2.3): with zlib, a message of 1 KiB costs mostly the clearing of tables before it.
///
/// Memory: 22 KiB, of which short messages touch little. It is to be allocated by itself.
/// Threads: one at a time. Cannot fail: memory that runs out stops the program.
class FastDeflater {
public:
    /// Up to this size the output for text is mostly less than a tenth longer than zlib's at its
    /// level 6; for binary data that repeats no four bytes it may be half as long again. For longer
    /// messages the clearing of tables costs little.
    static constexpr std::size_t kLargestMessage = MatchFinder::kLargestMessage;

    /// Compresses a message of 1 to `kLargestMessage` bytes to the back of `out`, up to where the
    /// bytes 00 00 ff ff of an empty block would follow, which are not sent (RFC 7692
    /// section 7.2.1).
    void compress(Bytes message, Buffer& out);

    /// For literals and lengths, and for distances.
    struct Codes {
        std::span<const CodeWord> literals;
        std::span<const CodeWord> distances;
    };

private:
    void count_symbols(Bytes message);
    [[nodiscard]] std::size_t bits_with(const Codes& codes) const;
    std::byte* write_block(Bytes message, std::byte* begin);
    [[nodiscard]] BitWriter write_symbols(Bytes message, const Codes& codes, BitWriter out) const;

    MatchFinder finder_;
    std::span<const Match> matches_;
    std::array<std::uint16_t, kLiteralSymbols> literal_frequencies_;
    std::array<std::uint16_t, kDistanceSymbols> distance_frequencies_;
    std::array<CodeWord, kLiteralSymbols> literal_code_;
    std::array<CodeWord, kDistanceSymbols> distance_code_;
};

}  // namespace tautline::deflate
