// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/compressor.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
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
using ::testing::ElementsAreArray;

std::vector<std::byte> bytes_of(const Buffer& buffer) {
    return {buffer.readable().begin(), buffer.readable().end()};
}

// Compresses a copy that ends where its heap block ends.
std::vector<std::byte> compressed(Compressor& compressor, std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    Buffer out;
    compressor.compress(as_bytes({exact.data(), exact.size()}), true, out);
    return bytes_of(out);
}

// Inflates a message with zlib itself and a window of so many bits; empty when zlib objects. With a
// small window it has room for one byte at a time, as it refers to all of its room otherwise.
std::string inflated(std::vector<std::byte> message, int window_bits) {
    const auto tail = wire("00 00 ff ff");
    message.insert(message.end(), tail.begin(), tail.end());
    std::string text(4'000'000, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, -window_bits), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(message.data());
    stream.avail_in = static_cast<uInt>(message.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    const std::size_t room = window_bits < 15 ? 1 : text.size();
    int status = Z_OK;
    while (status == Z_OK && stream.avail_out == 0) {
        stream.avail_out = static_cast<uInt>(room);
        status = ::inflate(&stream, Z_SYNC_FLUSH);
    }
    // There is nothing more to do when the last byte of room was the last of the message.
    const bool good = (status == Z_OK || status == Z_BUF_ERROR) && stream.avail_in == 0;
    text.resize(good ? stream.total_out : 0);
    inflateEnd(&stream);
    return text;
}

std::string random_text(std::size_t length, unsigned symbols) {
    std::mt19937 random(7);
    std::string text(length, '\0');
    for (char& character : text) character = static_cast<char>(random() % symbols);
    return text;
}

// RFC 7692 section 7.2.3.1.
TEST(Compressor, CompressesTheExampleOfTheStandard) {
    Compressor compressor(Compressor::Settings{});

    EXPECT_THAT(compressed(compressor, "Hello"), ElementsAreArray(wire("f2 48 cd c9 c9 07 00")));
}

// RFC 7692 section 7.2.3.2.
TEST(Compressor, RefersToTheMessageBeforeWithContextTakeover) {
    Compressor compressor(Compressor::Settings{});
    compressed(compressor, "Hello");

    EXPECT_THAT(compressed(compressor, "Hello"), ElementsAreArray(wire("f2 00 11 00 00")));
}

TEST(Compressor, ForgetsTheMessageBeforeWithoutContextTakeover) {
    Compressor compressor({.context_takeover = false});
    compressed(compressor, "Hello");

    EXPECT_THAT(compressed(compressor, "Hello"), ElementsAreArray(wire("f2 48 cd c9 c9 07 00")));
}

// RFC 7692 section 7.2.3.6.
TEST(Compressor, CompressesAnEmptyMessageToOneZeroByte) {
    Compressor compressor(Compressor::Settings{});

    EXPECT_THAT(compressed(compressor, ""), ElementsAreArray(wire("00")));
}

TEST(Compressor, CompressesEveryEmptyMessageToOneZeroByte) {
    Compressor compressor(Compressor::Settings{});
    compressed(compressor, "Hello");
    compressed(compressor, "");

    EXPECT_THAT(compressed(compressor, ""), ElementsAreArray(wire("00")));
    EXPECT_THAT(compressed(compressor, "Hello"), ElementsAreArray(wire("f2 00 11 00 00")));
}

TEST(Compressor, TakesAnEmptyPieceAsNothing) {
    Compressor compressor(Compressor::Settings{});
    Buffer out;

    compressor.compress({}, false, out);
    EXPECT_TRUE(out.empty());
    compressor.compress(as_bytes("Hello"), false, out);
    compressor.compress({}, false, out);
    compressor.compress({}, true, out);

    EXPECT_THAT(bytes_of(out), ElementsAreArray(wire("f2 48 cd c9 c9 07 00")));
}

// RFC 7692 section 7.2.1: fragments do not matter to compression.
TEST(Compressor, GivesTheSameForEverySplitInTwo) {
    const std::string_view text = "Hello, hello, hello";
    Compressor whole(Compressor::Settings{});
    const auto expected = compressed(whole, text);

    for (std::size_t split = 0; split <= text.size(); ++split) {
        Compressor compressor(Compressor::Settings{});
        Buffer out;
        compressor.compress(as_bytes(text.substr(0, split)), false, out);
        compressor.compress(as_bytes(text.substr(split)), true, out);

        EXPECT_EQ(bytes_of(out), expected) << split;
    }
}

TEST(Compressor, AppendsBehindWhatIsInTheBuffer) {
    Compressor compressor(Compressor::Settings{});
    Buffer out;
    out.append(as_bytes("x"));

    compressor.compress(as_bytes("Hello"), true, out);

    EXPECT_THAT(bytes_of(out), ElementsAreArray(wire("78 | f2 48 cd c9 c9 07 00")));
}

TEST(Compressor, StoresAtLevelZero) {
    for (const bool context_takeover : {true, false}) {
        Compressor compressor({.level = 0, .context_takeover = context_takeover});

        EXPECT_THAT(compressed(compressor, "Hello"),
                    ElementsAreArray(wire("00 05 00 fa ff | 48 65 6c 6c 6f | 00")));
    }
}

// Who asks for more wants short messages, and waits for them.
TEST(Compressor, LeavesLevelsOverSixToZlib) {
    const std::string text = random_text(2'000, 3);
    for (int level = 6; level <= 9; ++level) {
        Compressor alone({.level = level, .context_takeover = false});
        Compressor first({.level = level});

        EXPECT_EQ(compressed(alone, text) == compressed(first, text), level > 6) << level;
    }
}

TEST(Compressor, GivesBackEveryLengthAroundItsRoomForOutput) {
    const std::string text = random_text(17'000, 256);
    for (const std::size_t around : {std::size_t{110}, std::size_t{120}, std::size_t{16'370}}) {
        for (std::size_t length = around; length < around + 30; ++length) {
            Compressor compressor(Compressor::Settings{});

            EXPECT_EQ(inflated(compressed(compressor, text.substr(0, length)), 15),
                      text.substr(0, length));
        }
    }
}

TEST(Compressor, GivesBackMoreThanItFeedsToZlibAtOnce) {
    const std::string text = random_text(3 * 1024 * 1024 + 1, 4);
    Compressor compressor(Compressor::Settings{});

    const auto message = compressed(compressor, text);

    EXPECT_LT(message.size(), text.size() / 3);
    EXPECT_TRUE(inflated(message, 15) == text);
}

TEST(Compressor, KeepsToEveryWindow) {
    // Repeats itself at every distance up to 40,000 bytes.
    std::string text = random_text(40'000, 3);
    text += text;
    for (int bits = 8; bits <= 15; ++bits) {
        Compressor compressor({.window_bits = bits, .level = 9});

        EXPECT_TRUE(inflated(compressed(compressor, text), bits) == text) << bits;
    }
}

// The buffer for what is compressed and not yet written grows with the level.
TEST(Compressor, HoldsBackLessAtALowerMemoryLevel) {
    const std::string text = random_text(30'000, 4);
    std::size_t before = text.size();
    for (const int level : {1, 5, 9}) {
        Compressor compressor({.memory_level = level});
        Buffer out;
        compressor.compress(as_bytes(text), false, out);

        EXPECT_LT(out.size(), before) << level;
        before = out.size();
        compressor.compress({}, true, out);
        EXPECT_EQ(inflated(bytes_of(out), 15), text) << level;
    }
}

TEST(Compressor, L03_RefersToNothingForAWindowOf8Bits) {
    for (const bool context_takeover : {true, false}) {
        Compressor compressor({.window_bits = 8, .context_takeover = context_takeover});
        const std::string text(250, 'a');

        const auto first = compressed(compressor, text);

        // One bit a byte is the best that literals alone can do.
        EXPECT_GE(first.size(), text.size() / 8);
        EXPECT_EQ(inflated(first, 8), text);
        EXPECT_EQ(inflated(compressed(compressor, text), 8), text);
    }
}

TEST(Compressor, GivesBackEveryMessageAtEveryLevelWithoutContextTakeover) {
    const std::string text = random_text(30'000, 3);
    for (int level = 0; level <= 9; ++level) {
        Compressor compressor({.level = level, .context_takeover = false});
        Buffer out;
        compressor.compress(as_bytes(text), false, out);
        compressor.compress(as_bytes("the end"), true, out);

        EXPECT_EQ(inflated(bytes_of(out), 15), text + "the end") << level;
        EXPECT_EQ(inflated(compressed(compressor, text), 15), text) << level;
        EXPECT_THAT(compressed(compressor, ""), ElementsAreArray(wire("00"))) << level;
    }
}

// Around what the fast compressor takes.
TEST(Compressor, GivesBackEverySizeWithoutContextTakeover) {
    const std::string text = random_text(17'000, 20);
    Compressor compressor({.context_takeover = false});
    for (const std::size_t size : {1U, 8'190U, 8'191U, 8'192U, 8'193U, 8'194U, 17'000U, 1U}) {
        EXPECT_EQ(inflated(compressed(compressor, text.substr(0, size)), 15), text.substr(0, size));
    }
}

TEST(Compressor, KeepsToASmallWindowWithoutContextTakeover) {
    for (int bits = 8; bits < 15; ++bits) {
        Compressor compressor({.window_bits = bits, .context_takeover = false});
        const std::size_t window = std::size_t{1} << bits;
        for (const std::size_t distance : {window / 2, window, window + 1}) {
            std::string text = random_text(distance, 200);
            text += text.substr(0, window / 2);

            EXPECT_TRUE(inflated(compressed(compressor, text), bits) == text) << bits;
        }
    }
}

TEST(Compressor, MovesWithItsWindow) {
    Compressor first(Compressor::Settings{});
    compressed(first, "Hello");
    Compressor second(std::move(first));
    Compressor third(Compressor::Settings{});

    third = std::move(second);

    EXPECT_THAT(compressed(third, "Hello"), ElementsAreArray(wire("f2 00 11 00 00")));
}

TEST(Compressor, L05_KnowsNothingOfAnotherCompressor) {
    {
        Compressor first(Compressor::Settings{});
        compressed(first, "Hello");
    }
    Compressor second(Compressor::Settings{});

    EXPECT_THAT(compressed(second, "Hello"), ElementsAreArray(wire("f2 48 cd c9 c9 07 00")));
}

TEST(CompressorDeathTest, StopsTheProgramForSettingsThatDoNotExist) {
    Buffer out;

    EXPECT_DEATH(Compressor({.window_bits = 7}).compress(as_bytes("a"), true, out), "contract");
    EXPECT_DEATH(Compressor({.window_bits = 16}).compress(as_bytes("a"), true, out), "contract");
    EXPECT_DEATH(Compressor({.level = 10}).compress(as_bytes("a"), true, out), "contract");
}

}  // namespace
}  // namespace tautline::deflate
