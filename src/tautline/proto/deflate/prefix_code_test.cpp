// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/prefix_code.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::deflate {
namespace {

using Frequencies = std::vector<std::uint16_t>;

std::vector<CodeWord> code_for(const Frequencies& frequencies) {
    std::vector<CodeWord> code(frequencies.size());
    make_prefix_code(frequencies, code);
    return code;
}

// How much of all words with 15 bits those of `code` begin: a complete code begins each of them,
// once.
std::size_t words_begun(const std::vector<CodeWord>& code) {
    std::vector<bool> begun(1U << kLongestCode);
    std::size_t count = 0;
    for (const CodeWord& word : code) {
        if (word.length == 0) continue;
        for (std::size_t more = 0; more < 1U << (kLongestCode - word.length); ++more) {
            const std::size_t whole = more << word.length | word.bits;
            EXPECT_FALSE(begun[whole]);
            begun[whole] = true;
            ++count;
        }
    }
    return count;
}

void expect_complete(const Frequencies& frequencies) {
    const auto code = code_for(frequencies);
    EXPECT_EQ(words_begun(code), 1U << kLongestCode);
    for (std::size_t symbol = 0; symbol < code.size(); ++symbol) {
        EXPECT_LE(code[symbol].length, 14) << symbol;
        if (frequencies[symbol] > 0) {
            EXPECT_GT(code[symbol].length, 0) << symbol;
        }
    }
}

std::size_t bits_of(const Frequencies& frequencies, const std::vector<CodeWord>& code) {
    std::size_t bits = 0;
    for (std::size_t symbol = 0; symbol < code.size(); ++symbol) {
        bits += std::size_t{frequencies[symbol]} * code[symbol].length;
    }
    return bits;
}

// The length in bits of what Huffman's code makes of it: the sum of all inner nodes of its tree.
std::size_t huffman_bits(const Frequencies& frequencies) {
    std::vector<std::size_t> nodes;
    for (const auto frequency : frequencies) {
        if (frequency > 0) nodes.push_back(frequency);
    }
    std::size_t bits = 0;
    while (nodes.size() > 1) {
        std::ranges::sort(nodes, std::greater());
        const std::size_t both = nodes.back() + nodes[nodes.size() - 2];
        nodes.resize(nodes.size() - 2);
        nodes.push_back(both);
        bits += both;
    }
    return bits;
}

Frequencies random_frequencies(unsigned seed, std::size_t symbols, std::size_t most) {
    std::mt19937 random(seed);
    Frequencies frequencies(symbols);
    std::size_t left = most;
    while (left > 0) {
        const std::size_t symbol = random() % symbols * (random() % symbols) / symbols;
        const auto more =
            static_cast<std::uint16_t>(1 + random() % std::min<std::size_t>(left, 20));
        frequencies[symbol] = static_cast<std::uint16_t>(frequencies[symbol] + more);
        left -= more;
    }
    return frequencies;
}

// RFC 1951 section 3.2.2: its example has the lengths 3 3 3 3 3 2 4 4 for A to H, and the words 010
// 011 100 101 110 00 1110 1111; here their first bit is the lowest.
TEST(PrefixCode, GivesTheWordsOfTheStandard) {
    const auto code = code_for({2, 2, 2, 2, 2, 4, 1, 1});

    EXPECT_EQ(code[0].length, 3);
    EXPECT_EQ(code[0].bits, 0b010);
    EXPECT_EQ(code[1].bits, 0b110);
    EXPECT_EQ(code[2].bits, 0b001);
    EXPECT_EQ(code[3].bits, 0b101);
    EXPECT_EQ(code[4].bits, 0b011);
    EXPECT_EQ(code[5].length, 2);
    EXPECT_EQ(code[5].bits, 0b00);
    EXPECT_EQ(code[6].length, 4);
    EXPECT_EQ(code[6].bits, 0b0111);
    EXPECT_EQ(code[7].bits, 0b1111);
}

TEST(PrefixCode, GivesTwoWordsWhereFewerThanTwoSymbolsOccur) {
    expect_complete({0, 0, 0});
    expect_complete({9, 0, 0});
    expect_complete({0, 9, 0});
    const auto code = code_for({0, 0, 9});
    EXPECT_EQ(words_begun(code), 1U << kLongestCode);
    EXPECT_EQ(code[0].length, 1);
    EXPECT_EQ(code[1].length, 0);
    EXPECT_EQ(code[2].length, 1);
}

TEST(PrefixCode, IsCompleteForWhateverOccurs) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        const std::size_t symbols = 2 + seed % (kLiteralSymbols - 1);
        expect_complete(random_frequencies(seed, symbols, 1 + seed * 37 % kMostOccurrences));
    }
}

TEST(PrefixCode, NeedsNoWordOfMoreThanFourteenBits) {
    Frequencies frequencies(kLiteralSymbols, 1);
    frequencies[7] = kMostOccurrences - kLiteralSymbols + 1;
    expect_complete(frequencies);
    Frequencies two(2, 1);
    two[0] = kMostOccurrences - 1;
    expect_complete(two);
    // As Fibonacci's numbers, which need the longest words of Huffman's code.
    Frequencies growing{1, 1};
    while (growing.size() < 18) {
        growing.push_back(static_cast<std::uint16_t>(growing.back() + growing[growing.size() - 2]));
    }
    expect_complete(growing);
}

TEST(PrefixCode, IsHardlyLongerThanHuffmans) {
    std::size_t ours = 0;
    std::size_t best = 0;
    for (unsigned seed = 0; seed < 200; ++seed) {
        const Frequencies frequencies = random_frequencies(seed, kLiteralSymbols, 1000);
        ours += bits_of(frequencies, code_for(frequencies));
        best += huffman_bits(frequencies);
    }
    EXPECT_GE(ours, best);
    EXPECT_LE(ours * 100, best * 101);
}

TEST(PrefixCode, StopsTheProgramForMoreThanItsTablesHold) {
    EXPECT_DEATH(code_for({kMostOccurrences, 1}), "contract");
}

// RFC 1951 section 3.2.6.
TEST(PrefixCode, HasTheFixedCodeOfTheStandard) {
    const auto literals = fixed_literal_code();

    EXPECT_EQ(literals[0].length, 8);
    EXPECT_EQ(literals[0].bits, 0b00001100);
    EXPECT_EQ(literals[143].bits, 0b11111101);
    EXPECT_EQ(literals[144].length, 9);
    EXPECT_EQ(literals[144].bits, 0b000010011);
    EXPECT_EQ(literals[255].bits, 0b111111111);
    EXPECT_EQ(literals[256].length, 7);
    EXPECT_EQ(literals[256].bits, 0);
    EXPECT_EQ(literals[279].bits, 0b1110100);
    EXPECT_EQ(literals[280].length, 8);
    EXPECT_EQ(literals[280].bits, 0b00000011);
    EXPECT_EQ(fixed_distance_code()[1].bits, 0b10000);
    EXPECT_EQ(fixed_distance_code()[29].length, 5);
}

}  // namespace
}  // namespace tautline::deflate
