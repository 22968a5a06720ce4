// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tautline::test {

/// Writes DEFLATE by hand, bit by bit (RFC 1951 section 3.1.1), right or wrong.
class DeflateWriter {
public:
    /// Lowest bit first.
    DeflateWriter& number(std::uint64_t value, std::size_t bits) {
        for (std::size_t bit = 0; bit < bits; ++bit) put(value >> bit & 1);
        return *this;
    }
    /// Highest bit first.
    DeflateWriter& code(std::uint64_t value, std::size_t bits) {
        for (std::size_t bit = bits; bit-- > 0;) put(value >> bit & 1);
        return *this;
    }

    DeflateWriter& stored(std::string_view text) {
        number(0, 3);
        bits_ = 8 * bytes_.size();
        number(text.size(), 16).number(~text.size(), 16);
        for (const char each : text) number(static_cast<unsigned char>(each), 8);
        return *this;
    }
    /// A block with the fixed codes begins.
    DeflateWriter& fixed() { return number(2, 3); }
    DeflateWriter& fixed_literal(unsigned char value) {
        return value < 144 ? code(0x30U + value, 8) : code(0x190U + value - 144U, 9);
    }
    /// 258 bytes like the one before.
    DeflateWriter& fixed_longest_match() { return code(0xc5, 8).code(0, 5); }
    DeflateWriter& fixed_end() { return code(0, 7); }

    /// The message, up to the tail that is cut off. Before it a block must have ended.
    [[nodiscard]] std::vector<std::byte> message() const {
        DeflateWriter copy = *this;
        copy.number(0, 3);
        return copy.bytes_;
    }

private:
    void put(std::uint64_t bit) {
        if (bits_ == 8 * bytes_.size()) bytes_.push_back(std::byte{0});
        bytes_.back() |= static_cast<std::byte>(bit << bits_ % 8);
        ++bits_;
    }

    std::vector<std::byte> bytes_;
    std::size_t bits_ = 0;
};

/// A block with codes of its own (RFC 1951 section 3.2.7), described by their lengths.
class DynamicBlock {
public:
    /// Writes how many lengths follow. Their own code has 4 bits for 0 to 12 and 5 for the rest.
    DynamicBlock(DeflateWriter& out, std::size_t literals, std::size_t distances) : out_(out) {
        out_.number(4, 3).number(literals - 257, 5).number(distances - 1, 5).number(19 - 4, 4);
        constexpr std::array<std::uint8_t, 19> kOrder{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
        for (const std::uint8_t symbol : kOrder) out_.number(symbol <= 12 ? 4 : 5, 3);
    }

    /// One of the 19 symbols, and the bits behind it.
    DynamicBlock& symbol(std::size_t value, std::size_t extra = 0) {
        if (value <= 12) {
            out_.code(value, 4);
        } else {
            out_.code(value + 13, 5);
        }
        if (value >= 16) out_.number(extra, value == 16 ? 2 : value == 17 ? 3 : 7);
        return *this;
    }
    DynamicBlock& lengths(std::span<const std::uint8_t> all) {
        for (const std::uint8_t length : all) symbol(length);
        return *this;
    }
    /// So many lengths of 0, at least 11.
    DynamicBlock& zeros(std::size_t count) {
        for (; count >= 138 + 11; count -= 138) symbol(18, 127);
        if (count > 138) {
            symbol(18);
            count -= 11;
        }
        return symbol(18, count - 11);
    }

private:
    DeflateWriter& out_;
};

/// Writes the code of `symbol` where the symbols have codes of these lengths (section 3.2.2).
inline void put_symbol(DeflateWriter& out, std::span<const std::uint8_t> lengths,
                       std::size_t symbol) {
    std::uint64_t code = 0;
    for (std::size_t bits = 1; bits < lengths[symbol]; ++bits) {
        code = (code + static_cast<std::uint64_t>(std::ranges::count(lengths, bits))) * 2;
    }
    code += static_cast<std::uint64_t>(std::ranges::count(lengths.first(symbol), lengths[symbol]));
    out.code(code, lengths[symbol]);
}

}  // namespace tautline::test
