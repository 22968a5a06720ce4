// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tautline/session/message_queue.hpp>

namespace tautline::session {

/// Messages, or parts of them, that arrive by themselves and are taken one by one when somebody
/// asks, and what that means for reading: it stops above high water and goes on at a quarter of it.
/// Either may be taken, whatever arrives.
///
/// Limits: holds high water and one message or part, and what one read of the stream brought before
/// the stop was heeded. A message that arrives in parts is joined outside of that, when it is asked
/// for as a whole.
class Inbox {
public:
    explicit Inbox(std::size_t high_water_bytes) : high_water_bytes_(high_water_bytes) {}

    /// Adds what has arrived: a message is its first part and its last. Returns whether reading is
    /// to stop now.
    [[nodiscard]] bool push(PartView part);
    /// Takes the oldest message; std::nullopt when it is not complete: what there is of it is kept
    /// until then. Nothing is to be had inside of a message. Then ask `resumes`.
    [[nodiscard]] std::optional<Message> take_message();
    /// Takes the oldest part; std::nullopt when there is none. Then ask `resumes`.
    [[nodiscard]] std::optional<Part> take_part();
    /// Whether no message may be asked for: inside of one, as long as more may come.
    [[nodiscard]] bool refuses_message(bool closed) const {
        return inside_message_ && !(closed && empty());
    }
    /// Whether reading is to go on now.
    [[nodiscard]] bool resumes();
    [[nodiscard]] bool empty() const { return parts_.empty(); }

    /// Reading does not stop any more: what comes while the inbox is full is dropped, and once that
    /// was a part everything that follows, so that no message has a gap. Returns whether reading is
    /// to go on now.
    [[nodiscard]] bool stop_pausing();
    /// Nobody takes anything any more: drops it and all that comes. Returns the same.
    [[nodiscard]] bool stop_keeping();

private:
    enum class Mode : std::uint8_t { reading, paused, dropping_overflow, dropping_all };

    [[nodiscard]] bool full() const { return parts_.bytes() > high_water_bytes_; }
    [[nodiscard]] bool drops(const PartView& part);
    [[nodiscard]] bool switch_to(Mode mode);

    MessageQueue parts_;
    std::size_t high_water_bytes_;
    std::string joined_;                  // the parts of a message that is asked for as a whole
    std::optional<MessageType> joining_;  // its type, while some are missing
    Mode mode_ = Mode::reading;
    bool inside_message_ = false;
};

}  // namespace tautline::session
