// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/session/message_queue.hpp>

namespace tautline::session {

/// Messages that arrive by themselves and are taken one by one when somebody asks, and what that
/// means for reading: it stops above high water and goes on at a quarter of it.
///
/// Limits: holds high water and one message, and what one read of the stream brought before the
/// stop was heeded.
class Inbox {
public:
    explicit Inbox(std::size_t high_water_bytes) : high_water_bytes_(high_water_bytes) {}

    /// Adds a message that has arrived. Returns whether reading is to stop now.
    [[nodiscard]] bool push(MessageView message);
    /// Takes the oldest message. There must be one. Then ask `resumes`.
    [[nodiscard]] Message pop() { return messages_.pop(); }
    /// Whether reading is to go on now.
    [[nodiscard]] bool resumes();
    [[nodiscard]] bool empty() const { return messages_.empty(); }

    /// Reading does not stop any more: what comes while the inbox is full is dropped. Returns
    /// whether reading is to go on now.
    [[nodiscard]] bool stop_pausing();
    /// Nobody takes messages any more: drops them and all that come. Returns the same.
    [[nodiscard]] bool stop_keeping();

private:
    enum class Mode : std::uint8_t { reading, paused, dropping_overflow, dropping_all };

    [[nodiscard]] bool full() const { return messages_.bytes() > high_water_bytes_; }
    [[nodiscard]] bool switch_to(Mode mode);

    MessageQueue messages_;
    std::size_t high_water_bytes_;
    Mode mode_ = Mode::reading;
};

}  // namespace tautline::session
