// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/shared.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {
namespace {

using test::wire;

Buffer compressed(Shared& shared, const Compressor::Settings& settings, std::string_view text) {
    Buffer out;
    shared.compress(settings, as_bytes(text), out);
    return out;
}

TEST(SharedDeflate, CompressesAsACompressorWithoutContextTakeover) {
    Shared shared;
    const std::string text(1000, 'a');
    // More settings than it keeps, twice.
    for (int round = 0; round < 2; ++round) {
        for (int level = 1; level <= 9; ++level) {
            Buffer expected;
            Compressor({.level = level, .context_takeover = false})
                .compress(as_bytes(text), true, expected);

            const Buffer message = compressed(shared, {.level = level}, text);

            EXPECT_TRUE(std::ranges::equal(message.readable(), expected.readable())) << level;
        }
    }
}

TEST(SharedDeflate, GoesOnWithACompressorThatItKeeps) {
    Shared shared;
    const std::string text(1000, 'a');
    const Buffer first = compressed(shared, {}, text);

    const Buffer second = compressed(shared, {}, text);

    EXPECT_TRUE(std::ranges::equal(second.readable(), first.readable()));
}

TEST(SharedDeflate, InflatesForEveryWindow) {
    Shared shared;
    const std::string text = "Hello, hello, hello, hello";
    for (int bits = 8; bits <= 15; ++bits) {
        const Buffer message = compressed(shared, {.window_bits = bits}, text);
        Buffer out;

        EXPECT_TRUE(shared.inflate(message.readable(), text.size(), out));

        EXPECT_TRUE(std::ranges::equal(out.readable(), as_bytes(text))) << bits;
    }
}

// Whichever of both inflaters it asks: around what the fast one takes, with budgets around what
// there is, and behind bytes that are there already.
TEST(SharedDeflate, InflatesAsADecompressorWithoutContextTakeover) {
    Shared shared;
    std::mt19937 random(5);
    std::string noise(4100, '\0');
    for (char& each : noise) each = static_cast<char>(random());
    std::vector<std::string> texts{"", "Hello", std::string(16'384, 'a'), std::string(16'385, 'a')};
    for (std::size_t size = 4070; size < 4100; ++size) texts.push_back(noise.substr(0, size));
    for (const std::string& text : texts) {
        const Buffer message = compressed(shared, {}, text);
        for (const std::size_t budget : {text.size() / 2, text.size(), text.size() + 1}) {
            Buffer expected;
            expected.append(as_bytes("before"));
            Decompressor decompressor({.context_takeover = false});
            const auto wanted = decompressor.inflate(message.readable(), true, budget, expected);
            Buffer out;
            out.append(as_bytes("before"));

            const auto done = shared.inflate(message.readable(), budget, out);

            EXPECT_EQ(done, wanted);
            EXPECT_TRUE(std::ranges::equal(out.readable(), expected.readable()));
        }
    }
}

// Of a short message all is known before memory is taken for it.
TEST(SharedDeflate, TakesNoMoreMemoryThanComesOut) {
    Shared shared;
    const Buffer message = compressed(shared, {}, std::string(2000, 'a'));
    Buffer out;

    EXPECT_TRUE(shared.inflate(message.readable(), 1'000'000, out));

    EXPECT_EQ(out.capacity(), 2000U);
}

TEST(SharedDeflate, InflatesAMessageWithAFinalBlock) {
    Shared shared;
    Buffer out;

    EXPECT_TRUE(shared.inflate(wire("f3 48 cd c9 c9 07 00 | 00"), 5, out));

    EXPECT_TRUE(std::ranges::equal(out.readable(), as_bytes("Hello")));
}

TEST(SharedDeflate, L01_KeepsToTheBudgetOfEveryMessage) {
    Shared shared;
    const Buffer message = compressed(shared, {}, std::string(1000, 'a'));
    Buffer out;

    EXPECT_EQ(shared.inflate(message.readable(), 999, out),
              std::unexpected(InflateError::too_large));
}

TEST(SharedDeflate, L05_OneConnectionKnowsNothingOfTheMessageOfAnother) {
    Shared shared;
    Buffer first;
    Buffer second;

    EXPECT_TRUE(shared.inflate(wire("f2 48 cd c9 c9 07 00"), 100, first));

    // "Hello" by a reference to the message before.
    EXPECT_EQ(shared.inflate(wire("f2 00 11 00 00"), 100, second),
              std::unexpected(InflateError::corrupt));
}

TEST(SharedDeflate, L05_GoesOnAfterTheErrorOfOneConnection) {
    Shared shared;
    Buffer out;
    EXPECT_EQ(shared.inflate(wire("07"), 100, out), std::unexpected(InflateError::corrupt));

    EXPECT_TRUE(shared.inflate(wire("f2 48 cd c9 c9 07 00"), 100, out));

    EXPECT_TRUE(std::ranges::equal(out.readable(), as_bytes("Hello")));
}

}  // namespace
}  // namespace tautline::deflate
