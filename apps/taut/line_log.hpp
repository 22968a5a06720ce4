// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "output_queue.hpp"

namespace tautline::taut {

/// Lines for a person, or for a log. Who writes them never waits for who reads them: what finds no
/// room is left out, and once there is room a line says how many that were.
///
/// Limits: 256 KiB wait, and the line that goes beyond.
/// Threads: any.
class LineLog {
public:
    /// Writes to `descriptor`, which is not closed.
    explicit LineLog(int descriptor);

    /// Adds a line, given without its end.
    void write(std::string_view line);

    /// As that of an `OutputQueue`.
    bool finish(std::optional<Duration> limit = std::nullopt) { return queue_.finish(limit); }

private:
    void on_room();

    std::mutex mutex_;
    bool full_ = false;
    std::uint64_t left_out_ = 0;
    OutputQueue queue_;
};

}  // namespace tautline::taut
