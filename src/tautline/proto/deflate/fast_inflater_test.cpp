// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_inflater.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/deflate_writer.hpp>
#include <tests/support/wire.hpp>
#include <tests/support/zlib_deflate.hpp>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {
namespace {

using test::deflated;
using test::DeflateWriter;
using test::wire;

std::optional<std::string> inflated(FastInflater& inflater, Bytes message) {
    const std::vector<std::byte> exact(message.begin(), message.end());
    const auto text = inflater.inflate(exact);
    if (!text) return std::nullopt;
    return std::string(as_text(*text));
}

std::optional<std::string> inflated_by_new(Bytes message) {
    FastInflater inflater;
    return inflated(inflater, message);
}

// RFC 7692 section 7.2.3.1.
TEST(FastInflater, InflatesTheExampleOfTheStandard) {
    EXPECT_EQ(inflated_by_new(wire("f2 48 cd c9 c9 07 00")), "Hello");
}

// Section 7.2.3.2.
TEST(FastInflater, KnowsNoReferenceToTheMessageBefore) {
    FastInflater inflater;
    EXPECT_EQ(inflated(inflater, wire("f2 48 cd c9 c9 07 00")), "Hello");

    EXPECT_EQ(inflated(inflater, wire("f2 00 11 00 00")), std::nullopt);
}

// Section 7.2.3.3.
TEST(FastInflater, InflatesABlockWithoutCompression) {
    EXPECT_EQ(inflated_by_new(wire("00 05 00 fa ff | 48 65 6c 6c 6f | 00")), "Hello");
}

// Section 7.2.3.4.
TEST(FastInflater, LeavesFinalBlocksToZlib) {
    EXPECT_EQ(inflated_by_new(wire("f3 48 cd c9 c9 07 00 | 00")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("f3 48 cd c9 c9 07 00")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("01 05 00 fa ff | 48 65 6c 6c 6f | 00")), std::nullopt);
}

// Section 7.2.3.5.
TEST(FastInflater, InflatesTwoBlocksInOneMessage) {
    EXPECT_EQ(inflated_by_new(wire("f2 48 05 00 | 00 00 ff ff | ca c9 c9 07 00")), "Hello");
}

// Section 7.2.3.6.
TEST(FastInflater, InflatesAnEmptyMessage) { EXPECT_EQ(inflated_by_new(wire("00")), ""); }

TEST(FastInflater, DoesNotKnowAMessageOfNoBytes) { EXPECT_EQ(inflated_by_new({}), std::nullopt); }

TEST(FastInflater, DoesNotKnowATailThatWasNotCutOff) {
    EXPECT_EQ(inflated_by_new(wire("f2 48 cd c9 c9 07 00 | 00 00 ff ff")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("00 | 00 00 ff ff")), std::nullopt);
}

TEST(FastInflater, DoesNotKnowAStoredBlockThatSwallowsTheTail) {
    // Of five bytes, of which one came; of nothing but the tail.
    EXPECT_EQ(inflated_by_new(wire("00 05 00 fa ff | 48")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("00 04 00 fb ff")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("00 03 00 fc ff")), std::nullopt);
}

TEST(FastInflater, DoesNotKnowAStoredBlockWhoseLengthsContradict) {
    EXPECT_EQ(inflated_by_new(wire("00 05 00 fa fe | 48 65 6c 6c 6f | 00")), std::nullopt);
}

// The end of the message before lies behind the end of this one.
TEST(FastInflater, DoesNotReadOnInTheMessageBefore) {
    FastInflater inflater;
    const auto message = wire("f2 48 cd c9 c9 07 00");
    for (std::size_t length = 0; length < message.size(); ++length) {
        ASSERT_EQ(inflated(inflater, message), "Hello");

        EXPECT_EQ(inflated(inflater, Bytes(message).first(length)), std::nullopt) << length;
    }
}

TEST(FastInflater, DoesNotKnowBlocksOfTheThirdKind) {
    EXPECT_EQ(inflated_by_new(wire("06")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("f6 48 cd c9 c9 07 00")), std::nullopt);
}

// RFC 1951 section 3.2.6: 286 and 287 never occur, nor do distances 30 and 31.
TEST(FastInflater, DoesNotKnowSymbolsThatStandForNothing) {
    const auto with_length = [](unsigned symbol) {
        DeflateWriter out;
        out.fixed().fixed_literal('a').code(0xc0 + symbol - 280, 8).code(0, 5).fixed_end();
        return out.message();
    };
    const auto with_distance = [](unsigned symbol) {
        DeflateWriter out;
        out.fixed().fixed_literal('a').code(1, 7).code(symbol, 5);
        return out.fixed_end().message();
    };

    const auto with_symbol_at_the_end = [](unsigned symbol) {
        return DeflateWriter().fixed().fixed_literal('a').code(0xc0 + symbol - 280, 8).message();
    };

    EXPECT_EQ(inflated_by_new(with_symbol_at_the_end(286)), std::nullopt);
    EXPECT_EQ(inflated_by_new(with_symbol_at_the_end(287)), std::nullopt);
    EXPECT_EQ(inflated_by_new(with_length(285)), std::string(1 + kLongestMatch, 'a'));
    EXPECT_EQ(inflated_by_new(with_length(286)), std::nullopt);
    EXPECT_EQ(inflated_by_new(with_length(287)), std::nullopt);
    EXPECT_EQ(inflated_by_new(with_distance(0)), "aaaa");
    EXPECT_EQ(inflated_by_new(with_distance(30)), std::nullopt);
    EXPECT_EQ(inflated_by_new(with_distance(31)), std::nullopt);
}

std::string text_of(std::size_t size) {
    std::string text;
    for (unsigned number = 7; text.size() < size; number = number * 7919 + 13) {
        text += R"({"id":)" + std::to_string(number) + R"(,"state":"filled"},)";
    }
    return text.substr(0, size);
}

TEST(FastInflater, InflatesMessageAfterMessage) {
    FastInflater inflater;
    for (const std::size_t size : {3000U, 10U, 1024U, 1U, 100U}) {
        EXPECT_EQ(inflated(inflater, deflated(text_of(size))), text_of(size));
    }
}

TEST(FastInflater, CopiesMatchesOfEveryDistance) {
    FastInflater inflater;
    for (std::size_t distance = 1; distance <= 80; ++distance) {
        const std::string period = text_of(distance);
        std::string text;
        while (text.size() < 700) text += period;

        EXPECT_EQ(inflated(inflater, deflated(text)), text) << distance;
    }
}

TEST(FastInflater, L02_GivesAsMuchAsItMayAndNoMore) {
    FastInflater inflater;
    constexpr std::size_t kMost = FastInflater::kLargestOutput;
    // Ends with matches, which are long here and short there; then with literals.
    for (std::size_t size = kMost - 300; size <= kMost; ++size) {
        const std::string text(size, 'a');
        ASSERT_EQ(inflated(inflater, deflated(text)), text);
    }
    std::string text = text_of(600);
    while (text.size() < kMost - 7) text += text_of(600);
    text = text.substr(0, kMost - 7) + "AbCdEfG";
    EXPECT_EQ(inflated(inflater, deflated(text)), text);

    for (std::size_t more = 1; more <= 600; ++more) {
        ASSERT_EQ(inflated(inflater, deflated(std::string(kMost + more, 'a'))), std::nullopt);
    }
    EXPECT_EQ(inflated(inflater, deflated(text + "H")), std::nullopt);
    EXPECT_EQ(inflated(inflater, deflated(text + "HiJ")), std::nullopt);
    EXPECT_EQ(inflated(inflater, deflated(std::string(1'000'000, 'a'))), std::nullopt);
}

// Stored bytes, literals and matches in front of the limit and across it.
TEST(FastInflater, L02_CountsEveryByteInFrontOfItsLimit) {
    FastInflater inflater;
    constexpr std::size_t kMatches = FastInflater::kLargestOutput / kLongestMatch;
    constexpr std::size_t kLeft = FastInflater::kLargestOutput % kLongestMatch;
    static_assert(kLeft > 1);
    const auto stored_after_matches = [](std::size_t bytes) {
        DeflateWriter out;
        out.stored("a").fixed();
        for (std::size_t count = 0; count < kMatches; ++count) out.fixed_longest_match();
        return out.fixed_end().stored(std::string(bytes - 1, 'a')).message();
    };
    const auto literals_after_matches = [](std::size_t bytes) {
        DeflateWriter out;
        out.fixed().fixed_literal('a');
        for (std::size_t count = 0; count < kMatches; ++count) out.fixed_longest_match();
        for (std::size_t count = 1; count < bytes; ++count) out.fixed_literal('a');
        return out.fixed_end().message();
    };

    const std::string most(FastInflater::kLargestOutput, 'a');
    EXPECT_EQ(inflated(inflater, stored_after_matches(kLeft)), most);
    EXPECT_EQ(inflated(inflater, literals_after_matches(kLeft)), most);
    for (std::size_t more = 1; more <= 300; ++more) {
        EXPECT_EQ(inflated(inflater, stored_after_matches(kLeft + more)), std::nullopt) << more;
        EXPECT_EQ(inflated(inflater, literals_after_matches(kLeft + more)), std::nullopt) << more;
    }
}

// The most that a turn can write behind the limit before that is noticed; ASan sees where it ends.
TEST(FastInflater, L02_HasRoomForATurnBehindItsLimit) {
    FastInflater inflater;
    for (std::size_t literals = 0; literals <= 3; ++literals) {
        DeflateWriter out;
        out.fixed().fixed_literal('a');
        for (std::size_t left = FastInflater::kLargestOutput - 1; left >= kLongestMatch;
             left -= kLongestMatch) {
            out.fixed_longest_match();
        }
        constexpr std::size_t kLeft = (FastInflater::kLargestOutput - 1) % kLongestMatch;
        for (std::size_t count = 0; count < kLeft + literals; ++count) out.fixed_literal('a');
        // 257 bytes at a distance of 16.
        out.code(0xc4, 8).number(30, 5).code(7, 5).number(3, 2).fixed_end();

        EXPECT_EQ(inflated(inflater, out.message()), std::nullopt);
    }
}

TEST(FastInflater, TakesMessagesUpToItsLargest) {
    FastInflater inflater;
    constexpr std::size_t kMost = FastInflater::kLargestMessage - 6;
    const auto stored = [](std::size_t bytes) {
        return DeflateWriter().stored(std::string(bytes, 'x')).message();
    };

    ASSERT_EQ(stored(kMost).size(), FastInflater::kLargestMessage);
    EXPECT_EQ(inflated(inflater, stored(kMost)), std::string(kMost, 'x'));
    EXPECT_EQ(inflated(inflater, stored(kMost + 1)), std::nullopt);
}

// The first byte alone is an empty message.
TEST(FastInflater, DoesNotKnowAStoredBlockThatIsCutShort) {
    FastInflater inflater;
    const auto message = DeflateWriter().stored("Hello").message();
    for (std::size_t length = 2; length < message.size(); ++length) {
        EXPECT_EQ(inflated(inflater, Bytes(message).first(length)), std::nullopt) << length;
    }
}

}  // namespace
}  // namespace tautline::deflate
