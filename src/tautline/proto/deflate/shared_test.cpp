// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/shared.hpp>

#include <algorithm>
#include <string>

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
