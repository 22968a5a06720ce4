// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

enum class InflateError : std::uint8_t {
    corrupt,    ///< Not DEFLATE data (RFC 1951), cut short, or it refers to missing bytes.
    too_large,  ///< More output than the budget.
};

/// Inflates the messages of one direction of one connection (RFC 7692 section 7.2.2).
///
/// Calling order: `inflate` for each piece of a message's payload, the last one with `last` true:
/// it adds the four bytes 00 00 ff ff by itself.
/// Limits: never writes more than `budget` bytes for a call and fails with `too_large` when there
/// would be one more. After an error the object must not be used again. A final block (BFINAL)
/// inside a message ends that DEFLATE stream and the next byte begins another, as RFC 7692 section
/// 7.2.3.4 allows; a message may also end right there.
/// A message must end, its tail included, where a block ends; a message of no bytes at all does
/// not.
/// A window of less than 15 bits bounds what is kept of the messages before: within a message
/// references may reach as far as DEFLATE can, 32 KiB.
/// Memory: none before the first message, then 7 KiB and the window; 32 KiB during a message, for
/// which the window is copied there and back.
/// Threads: one at a time. Memory that runs out stops the program.
class Decompressor {
public:
    struct Settings {
        int window_bits = 15;
        bool context_takeover = true;
    };
    explicit Decompressor(const Settings& settings);
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;
    ~Decompressor();

    /// Inflates `input` to the back of `out`, which grows with what really comes out. On `corrupt`
    /// it holds the output before that, however the input was split.
    [[nodiscard]] std::expected<void, InflateError> inflate(Bytes input, bool last,
                                                            std::uint64_t budget, Buffer& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::deflate
