// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace tautline::taut {

/// Writes to a file descriptor that may block, on a thread of its own: a slow reader of our output
/// stops the reading of messages, not the answering of signals and timers.
///
/// Limits: none of its own; stop when `write` says so.
/// Threads: one that writes; the callback comes from the queue's own.
class OutputQueue {
public:
    static constexpr std::size_t kHighWater = 256 * 1024;
    static constexpr std::size_t kLowWater = 64 * 1024;

    enum class Change : std::uint8_t {
        room,    ///< After a `write` that was too much, there is room again.
        broken,  ///< It cannot be written any more, see `error`: the rest is dropped.
    };

    OutputQueue(int descriptor, std::function<void(Change)> on_change);
    ~OutputQueue();
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;

    /// Appends `text`. Returns false when so much waits that the caller should stop until `room`.
    bool write(std::string_view text);
    /// Waits until all is written, or dropped, and returns which. Nothing may be written after it.
    bool finish();
    /// Why it is broken: "broken pipe" when nobody reads. None when it is not.
    [[nodiscard]] std::error_code error();

private:
    void run();
    /// Returns 0, or why it could not be written.
    [[nodiscard]] int write_all(std::string_view text) const;

    int descriptor_;
    std::function<void(Change)> on_change_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string waiting_;
    bool full_ = false;
    int broken_ = 0;  // 0, or why
    bool finishing_ = false;
    std::thread thread_;
};

}  // namespace tautline::taut
