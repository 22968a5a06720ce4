// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Compresses the messages of one direction of one connection (RFC 7692 section 7.2.1).
///
/// Calling order: any number of `compress`, the last one of a message with `last` true. The output
/// of the last one ends without the four bytes 00 00 ff ff; an empty message gives the byte 00.
/// Pieces before the last may give no output: zlib keeps them until it has enough.
/// Without context takeover the window is emptied after each message.
/// A window of 8 bits is served without back-references: zlib has no compressor for so small a
/// window, and output without references fits every window. It compresses little, so a server does
/// not agree to it; a client must, once it has offered to be limited.
/// Without context takeover, whole messages of up to 8 KiB that fit into the window are compressed
/// by `FastDeflater` at levels 1 to 6.
/// Memory: none before the first message, then 2^(window_bits + 2) + 2^(memory_level + 9) bytes for
/// zlib, and the memory of `FastDeflater`: each is taken when first needed.
/// Threads: one at a time. Cannot fail: memory that runs out stops the program.
class Compressor {
public:
    struct Settings {
        int window_bits = 15;
        int level = 6;
        int memory_level = 8;
        bool context_takeover = true;

        friend bool operator==(const Settings&, const Settings&) = default;
    };
    explicit Compressor(const Settings& settings);
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;
    ~Compressor();

    /// Compresses `input` to the back of `out`.
    void compress(Bytes input, bool last, Buffer& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::deflate
