// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Compresses the messages of one direction of one connection (RFC 7692 section 7.2.1).
///
/// Calling order: any number of `compress`, the last one of a message with `last` true. The output
/// of the last one ends without the four bytes 00 00 ff ff. Without context takeover the window is
/// emptied after each message.
/// A window of 8 bits is served with 9, as zlib has no compressor for 8; see the note in the .cpp
/// on why the caller must not agree to 8 bits for a direction that it compresses.
/// Threads: one at a time. Cannot fail: memory that runs out stops the program.
class Compressor {
public:
    struct Settings {
        int window_bits = 15;
        int level = 6;
        int memory_level = 8;
        bool context_takeover = true;
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
