// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/block_header.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include <tautline/base/bytes.hpp>

namespace tautline::deflate {
namespace {

using Frequencies = std::vector<std::uint16_t>;

struct Codes {
    explicit Codes(Frequencies literal_frequencies, Frequencies distance_frequencies = {}) {
        literal_frequencies.resize(kLiteralSymbols);
        distance_frequencies.resize(kDistanceSymbols);
        literal_frequencies[kEndOfBlock] = 1;
        make_prefix_code(literal_frequencies, literals);
        make_prefix_code(distance_frequencies, distances);
    }
    std::array<CodeWord, kLiteralSymbols> literals;
    std::array<CodeWord, kDistanceSymbols> distances;
};

struct ReadByZlib {
    std::string text;
    std::string problem;
};

// What zlib makes of a last block with these codes: all literals that have a word, in order.
ReadByZlib read_by_zlib(const Codes& codes, const BlockHeader& header) {
    std::array<std::byte, 2048> block{};
    BitWriter out(block.data());
    out.add(0b101, 3);
    header.write(out);
    for (std::size_t symbol = 0; symbol <= kEndOfBlock; ++symbol) {
        out.add(codes.literals[symbol].bits, codes.literals[symbol].length);
        out.flush();
    }
    const std::byte* end = out.finish();
    std::string text(300, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(end - block.data());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    const bool ended = ::inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
    text.resize(stream.total_out);
    const std::string problem = ended ? "" : stream.msg != nullptr ? stream.msg : "not at its end";
    inflateEnd(&stream);
    return {text, problem};
}

std::string literals_of(const Codes& codes) {
    std::string text;
    for (std::size_t symbol = 0; symbol < kEndOfBlock; ++symbol) {
        if (codes.literals[symbol].length > 0) text += static_cast<char>(symbol);
    }
    return text;
}

std::size_t bits_written(const BlockHeader& header) {
    std::array<std::byte, 1024> room{};
    BitWriter out(room.data());
    header.write(out);
    std::size_t bits = 8 * static_cast<std::size_t>(out.finish() - room.data());
    // Filled up to a byte: more ones show how much of the last byte was free.
    std::size_t free = 0;
    for (; free < 8; ++free) {
        std::array<std::byte, 1024> again{};
        BitWriter longer(again.data());
        header.write(longer);
        longer.add(0, static_cast<unsigned>(free) + 1);
        if (8 * static_cast<std::size_t>(longer.finish() - again.data()) > bits) break;
    }
    bits -= free;
    return bits;
}

void expect_read(const Codes& codes) {
    const BlockHeader header(codes.literals, codes.distances);
    const ReadByZlib read = read_by_zlib(codes, header);
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.text, literals_of(codes));
    EXPECT_EQ(header.bits(), bits_written(header));
}

TEST(BlockHeader, IsReadByZlibWhateverTheCodes) {
    std::mt19937 random(1);
    for (int turn = 0; turn < 500; ++turn) {
        Frequencies literals(kLiteralSymbols);
        for (auto count = random() % 100; count > 0; --count) {
            literals[random() % kLiteralSymbols] = static_cast<std::uint16_t>(1 + random() % 80);
        }
        Frequencies distances(kDistanceSymbols);
        for (auto count = random() % 20; count > 0; --count) {
            distances[random() % kDistanceSymbols] = static_cast<std::uint16_t>(1 + random() % 80);
        }
        expect_read(Codes(literals, distances));
    }
}

TEST(BlockHeader, TellsTheShortestRunsAndTheLongest) {
    for (std::size_t gap = 0; gap < 250; ++gap) {
        Frequencies literals(kLiteralSymbols);
        literals[3] = literals[4 + gap] = 7;
        expect_read(Codes(literals));
    }
    for (std::size_t alike = 1; alike < 40; ++alike) {
        Frequencies literals(kLiteralSymbols);
        for (std::size_t symbol = 0; symbol < alike; ++symbol) literals[20 + symbol] = 5;
        expect_read(Codes(literals));
    }
}

// RFC 1951 section 3.2.7: what follows is one sequence, in which a run may go from one code to the
// other.
TEST(BlockHeader, LetsARunCrossFromOneCodeToTheOther) {
    Codes codes(Frequencies(kLiteralSymbols, 1));
    for (std::size_t symbol = 0; symbol < kLiteralSymbols; ++symbol)
        codes.literals[symbol].length = 8;
    Codes one(Frequencies(kLiteralSymbols, 1));
    for (CodeWord& word : codes.distances) word = {.bits = 0, .length = 8};
    const std::size_t together = BlockHeader(codes.literals, codes.distances).bits();
    for (CodeWord& word : codes.distances) word.length = 9;

    EXPECT_LT(together, BlockHeader(codes.literals, codes.distances).bits());
}

// Each length half as often as the one before it, and none twice in a row: Huffman's words for them
// would have up to 8 bits. Such lengths are no code, but what zlib finds first are bad lengths of
// words for lengths.
TEST(BlockHeader, ItsOwnCodeHasWordsOfAtMostSevenBits) {
    Codes codes({});
    for (unsigned symbol = 0; symbol <= kEndOfBlock; ++symbol) {
        const auto length = static_cast<std::uint16_t>(1 + std::countr_zero(symbol + 1));
        codes.literals[symbol] = {.bits = 0, .length = length};
    }
    const BlockHeader header(codes.literals, codes.distances);

    EXPECT_EQ(read_by_zlib(codes, header).problem, "invalid literal/lengths set");
}

}  // namespace
}  // namespace tautline::deflate
