// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/decompressor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/wire.hpp>
#include <zlib.h>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {
namespace {

using test::wire;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// Inflates a whole message; std::nullopt when it is corrupt or over the budget.
std::optional<std::string> inflated(Decompressor& decompressor, const std::vector<std::byte>& input,
                                    std::uint64_t budget = kNoLimit) {
    const std::vector<std::byte> exact(input);
    Buffer out;
    if (!decompressor.inflate(exact, true, budget, out)) return std::nullopt;
    return std::string(as_text(out.readable()));
}

std::optional<std::string> inflated_by_new(const std::vector<std::byte>& input,
                                           std::uint64_t budget = kNoLimit) {
    Decompressor decompressor(Decompressor::Settings{});
    return inflated(decompressor, input, budget);
}

std::optional<InflateError> error_of(const std::vector<std::byte>& input,
                                     std::uint64_t budget = kNoLimit) {
    Decompressor decompressor(Decompressor::Settings{});
    const std::vector<std::byte> exact(input);
    Buffer out;
    const auto done = decompressor.inflate(exact, true, budget, out);
    if (done) return std::nullopt;
    return done.error();
}

struct Deflated {
    int window_bits = 15;
    int flush = Z_SYNC_FLUSH;
    std::size_t cut = 4;  // how much of the end is cut off: the tail of a sync flush
};

// Deflates with zlib itself.
std::vector<std::byte> deflated(std::string_view text, const Deflated& how = {}) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -how.window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::string copy(text);
    std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64);
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, how.flush);
    out.resize(stream.total_out - how.cut);
    deflateEnd(&stream);
    return out;
}

std::vector<std::byte> joined(std::vector<std::byte> front, const std::vector<std::byte>& back) {
    front.insert(front.end(), back.begin(), back.end());
    return front;
}

// RFC 7692 section 7.2.3.1.
TEST(Decompressor, InflatesTheExampleOfTheStandard) {
    EXPECT_EQ(inflated_by_new(wire("f2 48 cd c9 c9 07 00")), "Hello");
}

// RFC 7692 section 7.2.3.2.
TEST(Decompressor, SharesTheWindowBetweenMessages) {
    Decompressor decompressor(Decompressor::Settings{});
    inflated(decompressor, wire("f2 48 cd c9 c9 07 00"));

    EXPECT_EQ(inflated(decompressor, wire("f2 00 11 00 00")), "Hello");
}

// RFC 7692 section 7.2.3.3.
TEST(Decompressor, InflatesABlockWithoutCompression) {
    EXPECT_EQ(inflated_by_new(wire("00 05 00 fa ff | 48 65 6c 6c 6f | 00")), "Hello");
}

// RFC 7692 section 7.2.3.4.
TEST(Decompressor, InflatesAMessageWithAFinalBlock) {
    EXPECT_EQ(inflated_by_new(wire("f3 48 cd c9 c9 07 00 | 00")), "Hello");
}

// RFC 7692 section 7.2.3.5.
TEST(Decompressor, InflatesTwoBlocksInOneMessage) {
    EXPECT_EQ(inflated_by_new(wire("f2 48 05 00 | 00 00 ff ff | ca c9 c9 07 00")), "Hello");
}

// RFC 7692 section 7.2.3.6.
TEST(Decompressor, InflatesAnEmptyMessage) {
    Decompressor decompressor(Decompressor::Settings{});

    EXPECT_EQ(inflated(decompressor, wire("00")), "");
    EXPECT_EQ(inflated(decompressor, wire("00")), "");
    EXPECT_EQ(inflated(decompressor, wire("f2 48 cd c9 c9 07 00")), "Hello");
}

// RFC 7692 section 7.2.2: fragments are joined first.
TEST(Decompressor, GivesTheSameForEverySplitInTwo) {
    const auto message = wire("f2 48 05 00 | 00 00 ff ff | ca c9 c9 07 00");
    for (std::size_t split = 0; split <= message.size(); ++split) {
        const auto middle = message.begin() + static_cast<std::ptrdiff_t>(split);
        const std::vector<std::byte> front(message.begin(), middle);
        const std::vector<std::byte> back(middle, message.end());
        Decompressor decompressor(Decompressor::Settings{});
        Buffer out;

        ASSERT_TRUE(decompressor.inflate(front, false, kNoLimit, out).has_value());
        ASSERT_TRUE(decompressor.inflate(back, true, kNoLimit, out).has_value());

        EXPECT_EQ(as_text(out.readable()), "Hello") << split;
    }
}

TEST(Decompressor, InflatesByteByByte) {
    const std::string text(100'000, 'a');
    const auto message = deflated(text);
    Decompressor decompressor(Decompressor::Settings{});
    Buffer out;

    for (std::size_t at = 0; at < message.size(); ++at) {
        const bool last = at + 1 == message.size();
        ASSERT_TRUE(decompressor.inflate({&message[at], 1}, last, kNoLimit, out).has_value());
    }

    EXPECT_TRUE(as_text(out.readable()) == text);
}

TEST(Decompressor, AppendsBehindWhatIsInTheBuffer) {
    Decompressor decompressor(Decompressor::Settings{});
    Buffer out;
    out.append(as_bytes("x"));

    ASSERT_TRUE(decompressor.inflate(wire("f2 48 cd c9 c9 07 00"), true, 5, out).has_value());

    EXPECT_EQ(as_text(out.readable()), "xHello");
}

TEST(Decompressor, InflatesMoreThanItFeedsToZlibAtOnce) {
    std::string text(2 * 1024 * 1024 + 1, '\0');
    std::uint32_t state = 1;
    for (char& character : text) {
        state = state * 1664525 + 1013904223;
        character = static_cast<char>(state >> 24);
    }
    const auto message = deflated(text);
    ASSERT_GT(message.size(), std::size_t{1024 * 1024});

    EXPECT_TRUE(inflated_by_new(message) == text);
}

TEST(Decompressor, InflatesEveryWindow) {
    std::string text(40'000, '\0');
    std::uint32_t state = 1;
    for (char& character : text) {
        state = state * 1664525 + 1013904223;
        character = static_cast<char>((state >> 24) % 3);
    }
    for (int bits = 9; bits <= 15; ++bits) {
        Decompressor decompressor({.window_bits = bits});

        EXPECT_TRUE(inflated(decompressor, deflated(text, {.window_bits = bits})) == text) << bits;
    }
}

// Inflates 257 stored bytes, and then a message that is one match of three bytes.
bool takes_match(int window_bits, const std::vector<std::byte>& match) {
    Decompressor decompressor({.window_bits = window_bits});
    auto stored = wire("00 | 01 01 fe fe");
    stored.insert(stored.end(), 257, std::byte{'a'});
    stored.push_back(std::byte{0});
    EXPECT_EQ(inflated(decompressor, stored), std::string(257, 'a'));

    return inflated(decompressor, match) == "aaa";
}

// A block of fixed codes: length 3, distance code 15 (193 to 256) with its 6 extra bits all set, or
// 16 (257 to 384) with its 7 extra bits clear, and the end of the block.
TEST(Decompressor, L03_TakesMatchesWithinAWindowOf8BitsOnly) {
    const auto at_256 = wire("02 fa 1f 00");
    const auto at_257 = wire("02 06 00 00");

    EXPECT_TRUE(takes_match(8, at_256));
    EXPECT_FALSE(takes_match(8, at_257));
    EXPECT_TRUE(takes_match(9, at_257));
}

// What comes out when it is fed in pieces of this size; std::nullopt when it is corrupt.
std::optional<std::string> inflated_in_pieces(Decompressor& decompressor,
                                              const std::vector<std::byte>& input,
                                              std::size_t piece) {
    Buffer out;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        const Bytes part = Bytes(input).subspan(at, std::min(piece, input.size() - at));
        const bool last = at + part.size() == input.size();
        if (!decompressor.inflate(part, last, kNoLimit, out)) return std::nullopt;
    }
    return std::string(as_text(out.readable()));
}

// Bytes that do not repeat, and at the end their first ones again.
std::string text_that_refers_far_back() {
    std::string text;
    for (int i = 0; i < 900; ++i) text += std::to_string(i * 7919);
    return text + text.substr(0, 40);
}

TEST(Decompressor, TakesFarMatchesWithinAMessageHoweverItIsSplit) {
    const std::string text = text_that_refers_far_back();
    const auto message = deflated(text);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, message.size()}) {
        Decompressor decompressor({.window_bits = 9});

        EXPECT_EQ(inflated_in_pieces(decompressor, message, piece), text) << piece;
        EXPECT_EQ(inflated_in_pieces(decompressor, message, piece), text) << piece;
    }
}

TEST(Decompressor, L01_StopsABombAtTheBudget) {
    const std::string bomb(64 * 1024 * 1024, '\0');
    const auto message = deflated(bomb);
    constexpr std::uint64_t kBudget = 1024 * 1024;
    Decompressor decompressor(Decompressor::Settings{});
    Buffer out;

    const auto done = decompressor.inflate(message, true, kBudget, out);

    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error(), InflateError::too_large);
    EXPECT_EQ(out.size(), kBudget);
    EXPECT_LE(out.capacity(), 2 * kBudget);
}

TEST(Decompressor, L01_StopsABombInPiecesAtTheBudgetOfEachCall) {
    const auto message = deflated(std::string(1'000'000, '\0'));
    Decompressor decompressor(Decompressor::Settings{});
    std::uint64_t budget = 100'000;
    Buffer out;

    std::optional<InflateError> error;
    for (std::size_t at = 0; at < message.size() && !error; ++at) {
        const std::size_t before = out.size();
        const auto done = decompressor.inflate({&message[at], 1}, false, budget, out);
        budget -= out.size() - before;
        if (!done) error = done.error();
    }

    EXPECT_EQ(error, InflateError::too_large);
    EXPECT_EQ(out.size(), 100'000u);
}

TEST(Decompressor, L01_InflatesManyEmptyBlocksToNothing) {
    std::vector<std::byte> message;
    for (int count = 0; count < 10'000; ++count) {
        message = joined(std::move(message), wire("00 00 00 ff ff"));
    }
    message.push_back(std::byte{0});

    EXPECT_EQ(inflated_by_new(message, 0), "");
}

class Budget : public ::testing::TestWithParam<std::size_t> {};

// The budget is the limit on a message: one more byte, and the message is refused.
TEST_P(Budget, L02_IsExact) {
    const std::size_t limit = GetParam();
    const auto message_of = [](std::size_t size) { return deflated(std::string(size, 'x')); };

    EXPECT_EQ(inflated_by_new(message_of(limit - 1), limit)->size(), limit - 1);
    EXPECT_EQ(inflated_by_new(message_of(limit), limit)->size(), limit);
    EXPECT_EQ(error_of(message_of(limit + 1), limit), InflateError::too_large);
    EXPECT_EQ(error_of(message_of(limit + 2), limit), InflateError::too_large);
    EXPECT_EQ(error_of(message_of(limit + 32'768), limit), InflateError::too_large);
}

TEST_P(Budget, L02_IsExactForAMessageInPieces) {
    const std::size_t limit = GetParam();
    for (const std::size_t size : {limit, limit + 1}) {
        const auto message = deflated(std::string(size, 'x'));
        Decompressor decompressor(Decompressor::Settings{});
        Buffer out;
        bool fits = true;
        for (std::size_t at = 0; at < message.size() && fits; ++at) {
            const bool last = at + 1 == message.size();
            fits =
                decompressor.inflate({&message[at], 1}, last, limit - out.size(), out).has_value();
        }

        EXPECT_EQ(fits, size == limit);
        EXPECT_EQ(out.size(), limit);
    }
}

INSTANTIATE_TEST_SUITE_P(Decompressor, Budget,
                         ::testing::Values(1, 2, 127, 128, 129, 258, 259, 16'383, 16'384, 16'385,
                                           32'768, 65'536, 1'000'000));

TEST(Decompressor, L02_LeavesRoomForAnEmptyMessageInABudgetOfNothing) {
    EXPECT_EQ(inflated_by_new(wire("00"), 0), "");
    EXPECT_EQ(error_of(wire("f2 48 cd c9 c9 07 00"), 0), InflateError::too_large);
}

// A literal, and behind it a length code that does not exist.
TEST(Decompressor, L02_CountsTheByteInFrontOfWhatIsCorrupt) {
    EXPECT_EQ(error_of(wire("62 18 03"), 0), InflateError::too_large);
    EXPECT_EQ(error_of(wire("62 18 03"), 1), InflateError::corrupt);
}

TEST(Decompressor, L03_RefusesGarbage) {
    EXPECT_EQ(error_of(wire("ff ff ff ff")), InflateError::corrupt);
    EXPECT_EQ(error_of(wire("06")), InflateError::corrupt);
    EXPECT_EQ(error_of(wire("00 05 00 fa fe")), InflateError::corrupt);
}

TEST(Decompressor, L03_RefusesEveryPrefixOfAMessage) {
    const auto message = wire("f2 48 05 00 | 00 00 ff ff | ca c9 c9 07 00");
    for (std::size_t length = 0; length < message.size(); ++length) {
        const std::vector<std::byte> prefix(message.begin(),
                                            message.begin() + static_cast<std::ptrdiff_t>(length));
        // "He" and the first byte of a flush: what a whole message looks like.
        const bool whole = length == 4;

        EXPECT_EQ(error_of(prefix).has_value(), !whole) << length;
    }
}

TEST(Decompressor, L03_RefusesAMessageOfNoBytes) { EXPECT_EQ(error_of({}), InflateError::corrupt); }

TEST(Decompressor, L03_RefusesATailThatWasNotCutOff) {
    EXPECT_EQ(error_of(wire("f2 48 cd c9 c9 07 00 | 00 00 ff ff")), InflateError::corrupt);
}

TEST(Decompressor, L03_RefusesAStoredBlockThatSwallowsTheTail) {
    // A stored block of nine bytes, of which five came: the tail would make it whole.
    EXPECT_EQ(error_of(wire("00 09 00 f6 ff | 48 65 6c 6c 6f")), InflateError::corrupt);
}

TEST(Decompressor, L03_GoesOnBehindAFinalBlock) {
    EXPECT_EQ(inflated_by_new(wire("f3 48 cd c9 c9 07 00 | f2 48 cd c9 c9 07 00")), "HelloHello");
    EXPECT_EQ(inflated_by_new(wire("f3 48 cd c9 c9 07 00 | f3 48 cd c9 c9 07 00 | 00")),
              "HelloHello");
}

TEST(Decompressor, L03_WantsTheTailOfWhatFollowsAFinalBlock) {
    Decompressor decompressor(Decompressor::Settings{});

    EXPECT_EQ(inflated(decompressor, wire("f3 48 cd c9 c9 07 00 | f2 48 cd c9 c9 07 00")),
              "HelloHello");
    EXPECT_EQ(inflated(decompressor, wire("f2 00 11 00 00")), "Hello");
    EXPECT_EQ(error_of(wire("f3 48 cd c9 c9 07 00 | f2 48")), InflateError::corrupt);
}

TEST(Decompressor, L03_TakesAMessageThatEndsWithAFinalBlock) {
    Decompressor decompressor(Decompressor::Settings{});

    EXPECT_EQ(inflated(decompressor, wire("f3 48 cd c9 c9 07 00")), "Hello");
    EXPECT_EQ(inflated(decompressor, wire("f2 48 cd c9 c9 07 00")), "Hello");
}

TEST(Decompressor, L03_TakesAFinalBlockThatFillsItsRoomExactly) {
    for (std::size_t length = 120; length < 136; ++length) {
        const std::string text(length, 'x');
        const auto message = deflated(text, {.flush = Z_FINISH, .cut = 0});

        EXPECT_EQ(inflated_by_new(message), text) << length;
        EXPECT_EQ(inflated_by_new(message, length), text) << length;
    }
}

TEST(Decompressor, L03_RefusesNoBytesBehindAFinalBlockOfTheMessageBefore) {
    Decompressor decompressor(Decompressor::Settings{});
    inflated(decompressor, wire("f3 48 cd c9 c9 07 00"));

    EXPECT_EQ(inflated(decompressor, {}), std::nullopt);
}

TEST(Decompressor, L03_RefusesAReferenceToBeforeTheWindow) {
    EXPECT_EQ(error_of(wire("f2 00 11 00 00")), InflateError::corrupt);
}

TEST(Decompressor, L03_RefusesAReferenceToBeforeAFinalBlock) {
    EXPECT_EQ(error_of(wire("f3 48 cd c9 c9 07 00 | f2 00 11 00 00")), InflateError::corrupt);
}

TEST(Decompressor, L03_FindsOutAPeerThatLiesAboutContextTakeover) {
    Decompressor decompressor({.context_takeover = false});
    EXPECT_EQ(inflated(decompressor, wire("f2 48 cd c9 c9 07 00")), "Hello");

    EXPECT_EQ(inflated(decompressor, wire("f2 00 11 00 00")), std::nullopt);
}

TEST(Decompressor, InflatesMessageAfterMessageWithoutContextTakeover) {
    Decompressor decompressor({.context_takeover = false});

    for (int count = 0; count < 3; ++count) {
        EXPECT_EQ(inflated(decompressor, wire("f2 48 cd c9 c9 07 00")), "Hello");
        EXPECT_EQ(inflated(decompressor, wire("f3 48 cd c9 c9 07 00")), "Hello");
    }
}

// The tail comes from memory of the decompressor: the sanitizer watches the end of the block.
TEST(Decompressor, L04_NeedsNoRoomForTheTailBehindTheInput) {
    const auto message = wire("f2 48 cd c9 c9 07 00");
    const auto exact = std::make_unique<std::byte[]>(message.size());
    std::ranges::copy(message, exact.get());
    Decompressor decompressor(Decompressor::Settings{});
    Buffer out;

    ASSERT_TRUE(
        decompressor.inflate({exact.get(), message.size()}, true, kNoLimit, out).has_value());

    EXPECT_TRUE(std::equal(message.begin(), message.end(), exact.get()));
}

TEST(Decompressor, L05_KnowsNothingOfAnotherDecompressor) {
    {
        Decompressor first(Decompressor::Settings{});
        EXPECT_EQ(inflated(first, wire("f2 48 cd c9 c9 07 00")), "Hello");
        EXPECT_EQ(inflated(first, wire("ff")), std::nullopt);
    }
    Decompressor second(Decompressor::Settings{});

    EXPECT_EQ(inflated(second, wire("f2 00 11 00 00")), std::nullopt);
    EXPECT_EQ(inflated_by_new(wire("f2 48 cd c9 c9 07 00")), "Hello");
}

TEST(Decompressor, MovesWithItsWindow) {
    Decompressor first(Decompressor::Settings{});
    inflated(first, wire("f2 48 cd c9 c9 07 00"));
    Decompressor second(std::move(first));
    Decompressor third(Decompressor::Settings{});

    third = std::move(second);

    EXPECT_EQ(inflated(third, wire("f2 00 11 00 00")), "Hello");
}

TEST(DecompressorDeathTest, StopsTheProgramForAWindowThatDoesNotExist) {
    Buffer out;

    EXPECT_DEATH(
        static_cast<void>(Decompressor({.window_bits = 7}).inflate(wire("00"), true, 1, out)),
        "contract");
}

}  // namespace
}  // namespace tautline::deflate
