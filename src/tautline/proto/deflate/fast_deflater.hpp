// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Compresses messages that do not refer to each other, by ISA-L: with zlib, a message of 1 KiB
/// pays mostly for the tables that are cleared in front of it.
///
/// Calling order: only when `available()`. Any number of `compress`, the last one of a message with
/// `last` true; its output then ends with 00 00 ff ff, and the next message begins afresh.
/// Limits: the window is that of 15 bits. Memory: 170 KiB, whatever the message.
/// Threads: one at a time. Cannot fail: memory that runs out stops the program.
class FastDeflater {
public:
    /// Whether the program was built with ISA-L.
    [[nodiscard]] static bool available();

    FastDeflater();
    FastDeflater(const FastDeflater&) = delete;
    FastDeflater& operator=(const FastDeflater&) = delete;
    ~FastDeflater();

    /// Compresses `input` to the back of `out`. A piece before the last may give no output.
    void compress(Bytes input, bool last, Buffer& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::deflate
