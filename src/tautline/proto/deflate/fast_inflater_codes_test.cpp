// SPDX-License-Identifier: MIT
// Blocks with codes of their own (RFC 1951 section 3.2.7), made by hand.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/deflate_writer.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/fast_inflater.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {
namespace {

using test::DeflateWriter;
using test::DynamicBlock;
using test::put_symbol;
using Lengths = std::vector<std::uint8_t>;

// What comes out of a message; zlib has to say the same of it.
std::optional<std::string> inflated(const std::vector<std::byte>& message) {
    FastInflater inflater;
    Decompressor zlib({.context_takeover = false});
    Buffer out;
    const bool taken = zlib.inflate(message, true, 100'000, out).has_value();
    const auto text = inflater.inflate(message);
    EXPECT_EQ(text.has_value(), taken);
    if (!text || !taken) return std::nullopt;
    EXPECT_EQ(as_text(*text), as_text(out.readable()));
    return std::string(as_text(*text));
}

// Symbols with codes of so many bits, the rest without.
Lengths lengths_of(std::size_t count,
                   const std::vector<std::pair<std::size_t, std::uint8_t>>& all) {
    Lengths lengths(count);
    for (const auto& [symbol, bits] : all) lengths[symbol] = bits;
    return lengths;
}

// A message of one block with these codes, in which `body` writes symbols.
template <class Body>
std::vector<std::byte> message_of(const Lengths& literals, const Lengths& distances, Body body) {
    DeflateWriter out;
    DynamicBlock(out, literals.size(), distances.size()).lengths(literals).lengths(distances);
    body(out);
    if (literals[kEndOfBlock] > 0) put_symbol(out, literals, kEndOfBlock);
    return out.message();
}

std::vector<std::byte> message_with(const Lengths& literals, const Lengths& distances,
                                    std::string_view text) {
    return message_of(literals, distances, [&](DeflateWriter& out) {
        for (const char each : text) put_symbol(out, literals, static_cast<unsigned char>(each));
    });
}

// 'a' has one bit, 'b', the end of the block and a match of three bytes have three; the fourth is a
// match of four.
const Lengths kLiterals =
    lengths_of(259, {{'a', 1}, {'b', 3}, {kEndOfBlock, 3}, {kFirstLength, 3}, {258, 3}});

TEST(FastInflaterCodes, InflatesABlockWithCodesOfItsOwn) {
    const Lengths distances{1, 1};
    const auto message = message_of(kLiterals, distances, [&](DeflateWriter& out) {
        put_symbol(out, kLiterals, 'b');
        put_symbol(out, kLiterals, 'a');
        put_symbol(out, kLiterals, kFirstLength);
        put_symbol(out, distances, 1);
    });

    EXPECT_EQ(inflated(message), "babab");
}

TEST(FastInflaterCodes, InflatesBlocksWithDifferentCodes) {
    const Lengths others = lengths_of(257, {{'x', 2}, {'y', 2}, {'z', 2}, {kEndOfBlock, 2}});
    DeflateWriter out;
    for (int round = 0; round < 2; ++round) {
        DynamicBlock(out, kLiterals.size(), 1).lengths(kLiterals).symbol(0);
        for (const char each : {'a', 'b'}) {
            put_symbol(out, kLiterals, static_cast<std::size_t>(each));
        }
        put_symbol(out, kLiterals, kEndOfBlock);
        DynamicBlock(out, others.size(), 1).lengths(others).symbol(0);
        for (const char each : {'z', 'y', 'x'}) {
            put_symbol(out, others, static_cast<std::size_t>(each));
        }
        put_symbol(out, others, kEndOfBlock);
        out.fixed().fixed_literal('-').fixed_literal(200).fixed_end();
    }

    EXPECT_EQ(inflated(out.message()),
              "abzyx-\xc8"
              "abzyx-\xc8");
}

// RFC 1951 section 3.2.7: "If only one distance code is used, it is encoded using one bit".
TEST(FastInflaterCodes, TakesOneDistance) {
    const auto with_bit = [](unsigned bit) {
        return message_of(kLiterals, {0, 1}, [&](DeflateWriter& out) {
            put_symbol(out, kLiterals, 'a');
            put_symbol(out, kLiterals, 'b');
            put_symbol(out, kLiterals, 258);
            out.number(bit, 1);
        });
    };

    EXPECT_EQ(inflated(with_bit(0)), "ababab");
    EXPECT_EQ(inflated(with_bit(1)), std::nullopt);
}

// "One distance code of zero bits means that there are no distance codes used at all".
TEST(FastInflaterCodes, TakesABlockWithoutDistances) {
    EXPECT_EQ(inflated(message_with(kLiterals, {0}, "abba")), "abba");
    EXPECT_EQ(inflated(message_with(kLiterals, {0, 0, 0}, "abba")), "abba");
}

TEST(FastInflaterCodes, L03_DoesNotKnowAMatchInABlockWithoutDistances) {
    const auto message = message_of(kLiterals, {0}, [&](DeflateWriter& out) {
        put_symbol(out, kLiterals, 'a');
        put_symbol(out, kLiterals, 258);
        out.number(0, 1);
    });

    EXPECT_EQ(inflated(message), std::nullopt);
}

TEST(FastInflaterCodes, TakesABlockOfNothingButItsEnd) {
    EXPECT_EQ(inflated(message_with(lengths_of(257, {{kEndOfBlock, 1}}), {0}, "")), "");
}

// Codes of 1 to 15 bits, the last two of them of 15.
Lengths staircase(std::size_t count, std::size_t first) {
    Lengths lengths(count);
    for (std::size_t step = 1; step <= kLongestCode; ++step) {
        lengths[first + step - 1] = static_cast<std::uint8_t>(step);
    }
    lengths[first + kLongestCode] = kLongestCode;
    return lengths;
}

// All of them behind one another: more than one refill.
TEST(FastInflaterCodes, FindsLiteralsOfEveryLength) {
    Lengths literals = staircase(257, 'a');
    literals['p'] = 0;
    literals[kEndOfBlock] = kLongestCode;
    const std::string text = "abcdefghijklmnoonmlkjihgfedcbaoooooaonamal";

    EXPECT_EQ(inflated(message_with(literals, {0}, text)), text);
}

TEST(FastInflaterCodes, L03_DoesNotReadBehindALongEnd) {
    Lengths literals = staircase(257, 'a');
    literals['p'] = 0;
    literals[kEndOfBlock] = kLongestCode;
    auto message = message_with(literals, {0}, "oooo");
    while (!message.empty()) {
        message.pop_back();
        EXPECT_EQ(inflated(message), std::nullopt);
    }
}

// Each length symbol here with a longer code, up to 15 bits and 5 more.
TEST(FastInflaterCodes, FindsLengthsByCodesOfEveryLength) {
    constexpr std::size_t kFirst = kFirstLength + kLengthSymbols - 16;
    Lengths literals = staircase(kLiteralSymbols, kFirst);
    literals[kFirst] = 0;  // one bit: shared by a literal and the end
    literals['a'] = literals[kEndOfBlock] = 2;
    const Lengths distances = staircase(kDistanceSymbols, kDistanceSymbols - 16);
    std::string text;
    DeflateWriter out;
    for (int value = 0; value < 3000; ++value) text += static_cast<char>(value % 251 + value / 251);
    out.stored(text);
    DynamicBlock(out, literals.size(), distances.size()).lengths(literals).lengths(distances);
    for (std::size_t step = 1; step < 16; ++step) {
        const std::size_t distance = kDistanceSymbols - 16 + step / 2;
        const std::size_t length = kFirst + step;
        const Range back = kDistances[distance];
        const Range size = kLengths[length - kFirstLength];
        put_symbol(out, literals, length);
        out.number(1, size.extra_bits);
        put_symbol(out, distances, distance);
        out.number(3, back.extra_bits);
        for (std::size_t count = size.base + (size.extra_bits > 0 ? 1U : 0U); count > 0; --count) {
            text += text[text.size() - back.base - 3];
        }
        put_symbol(out, literals, 'a');
        text += 'a';
    }
    put_symbol(out, literals, kEndOfBlock);

    EXPECT_EQ(inflated(out.message()), text);
}

TEST(FastInflaterCodes, FindsDistancesByCodesOfEveryLength) {
    const Lengths distances = staircase(kDistanceSymbols, 11);
    for (std::size_t distance = 11; distance < 27; ++distance) {
        const Range back = kDistances[distance];
        DeflateWriter out;
        out.fixed().fixed_literal('b').fixed_literal('a');
        for (std::size_t count = 0; count < 45; ++count) out.fixed_longest_match();
        out.fixed_end();
        DynamicBlock(out, kLiterals.size(), distances.size()).lengths(kLiterals).lengths(distances);
        const std::size_t there = 2 + 45 * kLongestMatch;
        put_symbol(out, kLiterals, 258);
        put_symbol(out, distances, distance);
        // As far as the first byte, or as this symbol goes.
        const std::size_t most = (std::size_t{1} << back.extra_bits) - 1;
        const std::size_t extra = std::min(most, there - back.base);
        out.number(extra, back.extra_bits);
        put_symbol(out, kLiterals, kEndOfBlock);
        const std::string begin = extra < most ? "baaa" : "aaaa";

        EXPECT_EQ(inflated(out.message()), "b" + std::string(there - 1, 'a') + begin) << distance;
    }
}

// Two literals as long as a table shows, and behind them the longest match that there can be: 75
// bits, more than are loaded at once.
TEST(FastInflaterCodes, TakesTheMostBitsThatBelongTogether) {
    Lengths literals = lengths_of(285, {{kEndOfBlock, 11}, {kFirstLength + 27, 15}, {'z', 15}});
    for (std::uint8_t bits = 1; bits <= 14; ++bits) {
        if (bits != 11) literals['a' + bits - 1U] = bits;
    }
    const Lengths distances = staircase(28, 12);
    DeflateWriter out;
    out.fixed().fixed_literal('b').fixed_literal('a');
    for (std::size_t count = 0; count < 50; ++count) out.fixed_longest_match();
    out.fixed_end();
    DynamicBlock(out, literals.size(), distances.size()).lengths(literals).lengths(distances);
    for (std::size_t round = 0; round < 8; ++round) {
        for (std::size_t count = 0; count < round; ++count) put_symbol(out, literals, 'j');
        put_symbol(out, literals, kFirstLength + 27);
        out.number(30, 5);
        put_symbol(out, distances, 27);
        out.number(0, kDistances[27].extra_bits);
    }
    put_symbol(out, literals, kEndOfBlock);
    std::string text = "b" + std::string(1 + 50 * kLongestMatch, 'a');
    for (std::size_t round = 0; round < 8; ++round) {
        text += std::string(round, 'j');
        text += text.substr(text.size() - kDistances[27].base, kLongestMatch - 1);
    }

    EXPECT_EQ(inflated(out.message()), text);
}

TEST(FastInflaterCodes, L03_DoesNotKnowADistanceToBeforeTheMessage) {
    const auto at_distance = [](std::size_t symbol) {
        const Lengths distances{2, 2, 2, 2};
        return message_of(kLiterals, distances, [&](DeflateWriter& out) {
            put_symbol(out, kLiterals, 'a');
            put_symbol(out, kLiterals, 'b');
            put_symbol(out, kLiterals, kFirstLength);
            put_symbol(out, distances, symbol);
        });
    };

    EXPECT_EQ(inflated(at_distance(1)), "ababa");
    EXPECT_EQ(inflated(at_distance(2)), std::nullopt);
    EXPECT_EQ(inflated(at_distance(3)), std::nullopt);
}

TEST(FastInflaterCodes, L03_DoesNotKnowCodesThatAreNotComplete) {
    const Lengths good{1, 1};
    EXPECT_EQ(inflated(message_with(kLiterals, good, "")), "");
    Lengths less = kLiterals;
    less['b'] = 4;
    Lengths more = kLiterals;
    more['b'] = 2;

    EXPECT_EQ(inflated(message_with(less, good, "")), std::nullopt);
    EXPECT_EQ(inflated(message_with(more, good, "")), std::nullopt);
    EXPECT_EQ(inflated(message_with(lengths_of(257, {{kEndOfBlock, 2}}), good, "")), std::nullopt);
    EXPECT_EQ(inflated(message_with(kLiterals, {2}, "")), std::nullopt);
    EXPECT_EQ(inflated(message_with(kLiterals, {1, 2}, "")), std::nullopt);
    EXPECT_EQ(inflated(message_with(kLiterals, {1, 1, 1}, "")), std::nullopt);
}

TEST(FastInflaterCodes, L03_DoesNotKnowABlockWithoutAnEnd) {
    const Lengths literals = lengths_of(257, {{'a', 1}, {'b', 1}});

    EXPECT_EQ(inflated(message_with(literals, {0}, "ab")), std::nullopt);
}

TEST(FastInflaterCodes, L03_DoesNotKnowMoreSymbolsThanThereAre) {
    const auto with = [](std::size_t literals, std::size_t distances) {
        Lengths codes = kLiterals;
        codes.resize(literals);
        return inflated(message_with(codes, Lengths(distances), "a"));
    };

    EXPECT_EQ(with(286, 30), "a");
    EXPECT_EQ(with(287, 30), std::nullopt);
    EXPECT_EQ(with(288, 30), std::nullopt);
    EXPECT_EQ(with(286, 31), std::nullopt);
    EXPECT_EQ(with(286, 32), std::nullopt);
}

// The lengths of both codes are one row: a run of one may go on in the other.
TEST(FastInflaterCodes, TakesRunsFromLiteralsToDistances) {
    DeflateWriter out;
    DynamicBlock block(out, 260, 4);
    block.zeros('a').symbol(2).zeros(kEndOfBlock - 'a' - 1).symbol(2).symbol(2);
    // Two lengths more, which have no code; then four distances of two bits each.
    block.symbol(2).symbol(0).symbol(2).symbol(16, 0);
    const Lengths literals = lengths_of(260, {{'a', 2}, {256, 2}, {257, 2}, {258, 2}});
    const Lengths distances{2, 2, 2, 2};
    put_symbol(out, literals, 'a');
    put_symbol(out, literals, kFirstLength);
    put_symbol(out, distances, 0);
    put_symbol(out, literals, kEndOfBlock);
    EXPECT_EQ(inflated(out.message()), "aaaa");

    DeflateWriter across;
    DynamicBlock(across, 259, 4)
        .zeros('a')
        .symbol(2)
        .zeros(kEndOfBlock - 'a' - 1)
        .symbol(2)
        .symbol(16, 3);  // six: lengths of 3 and 4 bytes, and all distances
    put_symbol(across, literals, 'a');
    put_symbol(across, literals, 258);
    put_symbol(across, distances, 0);
    put_symbol(across, literals, kEndOfBlock);
    EXPECT_EQ(inflated(across.message()), "aaaaa");
}

TEST(FastInflaterCodes, TakesZerosFromLiteralsToDistances) {
    DeflateWriter out;
    DynamicBlock(out, 286, 30)
        .zeros('a')
        .symbol(1)
        .zeros(kEndOfBlock - 'a' - 1)
        .symbol(1)
        .zeros(59);
    const Lengths literals = lengths_of(286, {{'a', 1}, {kEndOfBlock, 1}});
    put_symbol(out, literals, 'a');
    put_symbol(out, literals, kEndOfBlock);

    EXPECT_EQ(inflated(out.message()), "a");
}

TEST(FastInflaterCodes, L03_DoesNotKnowARunOfNothing) {
    DeflateWriter out;
    DynamicBlock block(out, 257, 1);
    block.symbol(16, 3).symbol(18, 127).zeros(112).symbol(1).symbol(1);
    put_symbol(out, lengths_of(257, {{kEndOfBlock, 1}}), kEndOfBlock);

    EXPECT_EQ(inflated(out.message()), std::nullopt);
}

TEST(FastInflaterCodes, L03_DoesNotKnowARunThatIsTooLong) {
    const auto with_zeros = [](std::size_t more) {
        DeflateWriter out;
        DynamicBlock block(out, 257, 30);
        block.zeros('a').symbol(1).zeros(kEndOfBlock - 'a' - 1).symbol(1).zeros(30 + more);
        const Lengths literals = lengths_of(257, {{'a', 1}, {kEndOfBlock, 1}});
        put_symbol(out, literals, 'a');
        put_symbol(out, literals, kEndOfBlock);
        return out.message();
    };

    EXPECT_EQ(inflated(with_zeros(0)), "a");
    EXPECT_EQ(inflated(with_zeros(1)), std::nullopt);
    EXPECT_EQ(inflated(with_zeros(108)), std::nullopt);
}

// The code of the code lengths: zlib lets nothing be missing there, not even beside one code.
TEST(FastInflaterCodes, L03_DoesNotKnowCodeLengthsWithoutACompleteCode) {
    const auto with = [](unsigned zero_bits, unsigned one_bits) {
        DeflateWriter out;
        out.number(4, 3).number(0, 5).number(0, 5).number(18 - 4, 4);
        for (int skipped = 0; skipped < 3; ++skipped) out.number(0, 3);
        out.number(zero_bits, 3);
        for (int skipped = 4; skipped < 17; ++skipped) out.number(0, 3);
        out.number(one_bits, 3);
        for (int symbol = 0; symbol < 256; ++symbol) out.number(0, zero_bits);
        out.code((1U << one_bits) - 1, one_bits).number(0, zero_bits);
        return out.number(0, 1).message();
    };

    EXPECT_EQ(inflated(with(1, 1)), "");
    EXPECT_EQ(inflated(with(1, 0)), std::nullopt);
    EXPECT_EQ(inflated(with(0, 1)), std::nullopt);
    EXPECT_EQ(inflated(with(0, 0)), std::nullopt);
    EXPECT_EQ(inflated(with(1, 2)), std::nullopt);
}

}  // namespace
}  // namespace tautline::deflate
