// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/assert.hpp>
#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/fast_inflater.hpp>

namespace {

using tautline::Buffer;
using tautline::Bytes;
using tautline::deflate::Compressor;
using tautline::deflate::Decompressor;
using tautline::deflate::FastInflater;
using tautline::deflate::InflateError;

// Inflates one message in pieces, with `budget` for all of it.
std::optional<InflateError> inflate(Decompressor& decompressor, Bytes message, std::size_t piece,
                                    std::size_t budget, Buffer& out) {
    bool last = false;
    while (!last) {
        const Bytes part = message.first(std::min(piece, message.size()));
        message = message.subspan(part.size());
        last = message.empty();
        const auto done = decompressor.inflate(part, last, budget - out.size(), out);
        TAUTLINE_ASSERT(out.size() <= budget);
        if (!done) return done.error();
    }
    return std::nullopt;
}

// Whatever comes: the budget holds, memory follows it, and pieces change nothing.
void check_garbage(Bytes message, int window_bits, std::size_t budget, std::size_t piece) {
    Decompressor at_once({.window_bits = window_bits});
    Decompressor in_pieces({.window_bits = window_bits});
    for (int round = 0; round < 2; ++round) {
        Buffer whole;
        Buffer parts;
        const auto error =
            inflate(at_once, message, std::max<std::size_t>(message.size(), 1), budget, whole);
        const auto parts_error = inflate(in_pieces, message, piece, budget, parts);
        TAUTLINE_ASSERT(whole.capacity() <= 2 * budget + 256);
        TAUTLINE_ASSERT(error == parts_error);
        TAUTLINE_ASSERT(std::ranges::equal(whole.readable(), parts.readable()));
        if (error) return;
    }
}

// Whatever is compressed comes back, message after message, with exactly its size as the budget:
// in two pieces, and whole.
void check_round_trip(Bytes message, const Compressor::Settings& settings, std::size_t piece) {
    Compressor compressor(settings);
    Decompressor decompressor(
        {.window_bits = settings.window_bits, .context_takeover = settings.context_takeover});
    for (int round = 0; round < 3; ++round) {
        Buffer compressed;
        const std::size_t front_bytes = round == 1 ? 0 : std::min(piece, message.size());
        const Bytes front = message.first(front_bytes);
        compressor.compress(front, false, compressed);
        compressor.compress(message.subspan(front.size()), true, compressed);
        Buffer out;
        TAUTLINE_ASSERT(!inflate(decompressor, compressed.readable(), piece, message.size(), out));
        TAUTLINE_ASSERT(std::ranges::equal(out.readable(), message));
    }
}

// The output of a whole message, as much as the fast inflater may give; std::nullopt on an error.
std::optional<Buffer> inflate_alone(Bytes message) {
    Decompressor decompressor({.context_takeover = false});
    Buffer out;
    if (!decompressor.inflate(message, true, FastInflater::kLargestOutput, out))
        return std::nullopt;
    return out;
}

// Whatever the fast inflater knows is what zlib says; whether it knew it.
bool check_fast(FastInflater& inflater, Bytes message) {
    const auto known = inflater.inflate(message);
    if (!known) return false;
    const auto expected = inflate_alone(message);
    TAUTLINE_ASSERT(expected.has_value());
    TAUTLINE_ASSERT(std::ranges::equal(*known, expected->readable()));
    return true;
}

// It knows all that a compressor makes, and nothing of one message stays for the next.
void check_fast_inflater(Bytes message, const Compressor::Settings& settings) {
    FastInflater inflater;
    Compressor compressor(settings);
    Buffer compressed;
    compressor.compress(message, true, compressed);
    const bool fits = compressed.size() <= FastInflater::kLargestMessage &&
                      message.size() <= FastInflater::kLargestOutput;
    const bool before = check_fast(inflater, message);
    TAUTLINE_ASSERT(check_fast(inflater, compressed.readable()) == fits);
    TAUTLINE_ASSERT(check_fast(inflater, message) == before);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    const int window_bits = 8 + data[0] % 8;
    const std::size_t budget = data[1] * 257U;
    const std::size_t piece = 1U + data[2];
    const Compressor::Settings settings{.window_bits = window_bits,
                                        .level = data[3] % 10,
                                        .memory_level = 1 + data[3] / 10 % 9,
                                        .context_takeover = data[0] < 128};
    const Bytes message = Bytes(reinterpret_cast<const std::byte*>(data), size).subspan(4);

    check_garbage(message, window_bits, budget, piece);
    check_round_trip(message, settings, piece);
    check_fast_inflater(message, settings);
    return 0;
}
