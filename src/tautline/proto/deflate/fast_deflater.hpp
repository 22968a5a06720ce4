// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Compresses messages that do not refer to each other, by ISA-L: with zlib, a message of 1 KiB
/// costs mostly the clearing of tables before it.
///
/// Calling order: only when `available()`.
/// Limits: the window is that of 15 bits.
/// Memory: 170 KiB.
/// Threads: one at a time. Cannot fail: memory that runs out stops the program.
class FastDeflater {
public:
    /// Up to this size the output is at most a tenth longer than zlib's at its level 6. For longer
    /// messages the clearing of tables costs little.
    static constexpr std::size_t kLargestMessage = std::size_t{8} * 1024;

    /// Whether the program was built with ISA-L.
    [[nodiscard]] static bool available();

    FastDeflater();
    FastDeflater(const FastDeflater&) = delete;
    FastDeflater& operator=(const FastDeflater&) = delete;
    ~FastDeflater();

    /// Compresses a message of 1 to `kLargestMessage` bytes to the back of `out`, up to and with
    /// 00 00 ff ff.
    void compress(Bytes message, Buffer& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::deflate
