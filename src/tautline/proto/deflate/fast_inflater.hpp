// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Inflates short whole messages that do not refer to others, in about half the time that zlib
/// takes. What it does not know it leaves to zlib: what is corrupt is not decided here.
///
/// Limits: `kLargestMessage` and `kLargestOutput`. What it knows are blocks that are not final, the
/// last of them the one whose end the sender cut off (RFC 7692 section 7.2.1).
/// Memory: 35 KiB.
/// Lifetime: what it returns is valid until the next call.
/// Threads: one at a time. Memory that runs out stops the program.
class FastInflater {
public:
    static constexpr std::size_t kLargestMessage = std::size_t{4} * 1024;
    static constexpr std::size_t kLargestOutput = std::size_t{16} * 1024;

    FastInflater();
    FastInflater(const FastInflater&) = delete;
    FastInflater& operator=(const FastInflater&) = delete;
    ~FastInflater();

    /// What `Decompressor` makes of a message without its tail 00 00 ff ff, or std::nullopt when
    /// it has to be asked. Whatever is returned here it takes, too, with the same output.
    [[nodiscard]] std::optional<Bytes> inflate(Bytes message);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::deflate
