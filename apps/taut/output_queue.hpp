// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include <tautline/base/time.hpp>

namespace tautline::taut {

/// Writes to a file descriptor that may block, on a thread of its own: a slow reader of our output
/// stops the reading of messages, not the answering of signals and timers.
///
/// Limits: none of its own; stop when `write` says so.
/// Threads: any may write; the callback comes from the queue's own, which takes no signals.
class OutputQueue {
public:
    static constexpr std::size_t kHighWater = 256 * 1024;
    static constexpr std::size_t kLowWater = 64 * 1024;

    enum class Change : std::uint8_t {
        room,    ///< After a `write` that was too much, there is room again.
        broken,  ///< It cannot be written any more, see `error`: the rest is dropped.
    };
    enum class Failures : std::uint8_t {
        end_it,   ///< A failed write is the last one.
        skipped,  ///< What cannot be written is lost; what comes later is tried again.
    };

    OutputQueue(int descriptor, std::function<void(Change)> on_change,
                Failures failures = Failures::end_it);
    /// As `finish` without a limit.
    ~OutputQueue();
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;

    /// Appends `text`. Returns false when so much waits that the caller should stop until `room`.
    bool write(std::string_view text);
    /// Waits until all is written, or dropped, and returns which. Nothing may be written after it.
    ///
    /// After `limit` it waits no longer, `error` is "timed out" and the callback is not called any
    /// more. The thread then goes on to write while the process lives: the descriptor stays open.
    bool finish(std::optional<Duration> limit = std::nullopt);
    /// Why it is broken: "broken pipe" when nobody reads. None when it is not.
    [[nodiscard]] std::error_code error();

private:
    struct State;

    void abandon();

    std::shared_ptr<State> state_;  // the thread's, too
    std::thread thread_;
};

}  // namespace tautline::taut
