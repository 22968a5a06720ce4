// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_deflater.hpp>

#include <algorithm>

#include <tautline/base/assert.hpp>
#include <tautline/proto/deflate/bit_writer.hpp>
#include <tautline/proto/deflate/block_header.hpp>

namespace tautline::deflate {

namespace {

// The three bits that each block begins with, the lowest first: not the last block, and its type.
constexpr std::uint64_t kStored = 0b000;
constexpr std::uint64_t kFixedCodes = 0b010;
constexpr std::uint64_t kOwnCodes = 0b100;
constexpr unsigned kTypeBits = 3;

// What a stored block has in front of its bytes.
constexpr std::size_t kStoredBits = 8 + 32;

// More than a stored block and the last header add to a message that cannot be compressed, and room
// for a whole word behind it.
constexpr std::size_t kOverhead = 32;

std::byte* write_stored(Bytes message, std::byte* out) {
    BitWriter header(out);
    header.add(kStored, 8);
    header.add(message.size(), 16);
    header.add(message.size() ^ 0xffff, 16);
    return std::ranges::copy(message, header.finish()).out;
}

void add_word(CodeWord word, BitWriter& out) { out.add(word.bits, word.length); }

// Four at once, as nobody can predict how many there are: of those behind the last no bits are
// added. Four bytes may be read in any case.
void write_literals(const std::byte* from, std::size_t count, std::span<const CodeWord> code,
                    BitWriter& out) {
    for (; count > 0; from += 4) {
        for (std::size_t index = 0; index < 4; ++index) {
            const CodeWord word = code[std::to_integer<std::size_t>(from[index])];
            const bool wanted = index < count;
            out.add(wanted ? word.bits : 0U, wanted ? word.length : 0U);
        }
        out.flush();
        count -= std::min<std::size_t>(count, 4);
    }
}

void write_last_literals(Bytes literals, std::span<const CodeWord> code, BitWriter& out) {
    for (const std::byte literal : literals) {
        add_word(code[std::to_integer<std::size_t>(literal)], out);
        out.flush();
    }
}

// Words of at most 14 bits, and 5 and 13 more.
void write_match(const Match& match, const FastDeflater::Codes& codes, BitWriter& out) {
    const std::size_t length = kSymbolOfLength[match.length];
    add_word(codes.literals[kFirstLength + length], out);
    out.add(match.length - std::uint64_t{kLengths[length].base}, kLengths[length].extra_bits);
    const std::size_t distance = symbol_of_distance(match.distance);
    add_word(codes.distances[distance], out);
    out.add(match.distance - std::uint64_t{kDistances[distance].base},
            kDistances[distance].extra_bits);
    out.flush();
}

}  // namespace

void FastDeflater::count_symbols(Bytes message) {
    literal_frequencies_.fill(0);
    distance_frequencies_.fill(0);
    const std::byte* next = message.data();
    const auto count_literals = [&](std::size_t count) {
        for (; count > 0; --count) ++literal_frequencies_[std::to_integer<std::size_t>(*next++)];
    };
    for (const Match& match : matches_) {
        count_literals(match.literals);
        next += match.length;
        ++literal_frequencies_[kFirstLength + kSymbolOfLength[match.length]];
        ++distance_frequencies_[symbol_of_distance(match.distance)];
    }
    count_literals(static_cast<std::size_t>(message.data() + message.size() - next));
    ++literal_frequencies_[kEndOfBlock];
}

// How many bits all symbols take, with those that follow lengths and distances.
std::size_t FastDeflater::bits_with(const Codes& codes) const {
    std::size_t bits = 0;
    for (std::size_t symbol = 0; symbol < kLiteralSymbols; ++symbol) {
        bits += std::size_t{literal_frequencies_[symbol]} * codes.literals[symbol].length;
    }
    for (std::size_t symbol = 0; symbol < kLengthSymbols; ++symbol) {
        bits +=
            std::size_t{literal_frequencies_[kFirstLength + symbol]} * kLengths[symbol].extra_bits;
    }
    for (std::size_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
        bits += std::size_t{distance_frequencies_[symbol]} *
                (codes.distances[symbol].length + std::size_t{kDistances[symbol].extra_bits});
    }
    return bits;
}

// The writer is a copy, of which the compiler knows that nothing else changes it.
BitWriter FastDeflater::write_symbols(Bytes message, const Codes& codes, BitWriter out) const {
    const std::byte* next = message.data();
    for (const Match& match : matches_) {
        write_literals(next, match.literals, codes.literals, out);
        write_match(match, codes, out);
        next += match.literals + match.length;
    }
    write_last_literals({next, message.data() + message.size()}, codes.literals, out);
    add_word(codes.literals[kEndOfBlock], out);
    out.flush();
    return out;
}

// Writes the shortest of the three kinds of blocks.
std::byte* FastDeflater::write_block(Bytes message, std::byte* begin) {
    make_prefix_code(literal_frequencies_, literal_code_);
    make_prefix_code(distance_frequencies_, distance_code_);
    const Codes own{literal_code_, distance_code_};
    const Codes fixed{fixed_literal_code(), fixed_distance_code()};
    const BlockHeader header(literal_code_, distance_code_);
    const std::size_t own_bits = header.bits() + bits_with(own);
    const std::size_t fixed_bits = bits_with(fixed);
    BitWriter out(begin);
    if (std::min(own_bits, fixed_bits) >= kStoredBits + 8 * message.size()) {
        out = BitWriter(write_stored(message, begin));
    } else if (fixed_bits <= own_bits) {
        out.add(kFixedCodes, kTypeBits);
        out = write_symbols(message, fixed, out);
    } else {
        out.add(kOwnCodes, kTypeBits);
        header.write(out);
        out = write_symbols(message, own, out);
    }
    // The empty block, as far as it is sent.
    out.add(kStored, kTypeBits);
    return out.finish();
}

void FastDeflater::compress(Bytes message, Buffer& out) {
    matches_ = finder_.find(message);
    count_symbols(message);
    const MutableBytes room = out.prepare(message.size() + kOverhead);
    const std::byte* end = write_block(message, room.data());
    out.commit(static_cast<std::size_t>(end - room.data()));
}

}  // namespace tautline::deflate
