// SPDX-License-Identifier: MIT
#include <tautline/session/inbox.hpp>

#include <utility>

namespace tautline::session {

bool Inbox::push(PartView part) {
    if (drops(part)) return false;
    parts_.push(part);
    if (mode_ != Mode::reading || !full()) return false;
    mode_ = Mode::paused;
    return true;
}

bool Inbox::drops(const PartView& part) {
    if (mode_ == Mode::dropping_overflow && full()) {
        const bool whole = part.first && part.last;
        if (!whole) mode_ = Mode::dropping_all;
        return true;
    }
    return mode_ == Mode::dropping_all;
}

std::optional<Message> Inbox::take_message() {
    while (!inside_message_ && !parts_.empty()) {
        Part part = parts_.pop();
        if (part.first()) {
            joined_ = part.take();
        } else {
            joined_ += part.text();
        }
        joining_ = part.type();
        if (!part.last()) continue;
        joining_.reset();
        return Message(part.type(), std::exchange(joined_, {}));
    }
    return std::nullopt;
}

std::optional<Part> Inbox::take_part() {
    std::optional<Part> part;
    if (joining_) {
        // Whoever asked for the whole message went away: this is its beginning.
        const std::string joined = std::exchange(joined_, {});
        part = Part({.type = *joining_, .bytes = as_bytes(joined), .last = false});
        joining_.reset();
    } else if (!parts_.empty()) {
        part = parts_.pop();
    }
    if (part) inside_message_ = !part->last();
    return part;
}

bool Inbox::resumes() {
    if (mode_ != Mode::paused || parts_.bytes() > high_water_bytes_ / 4) return false;
    mode_ = Mode::reading;
    return true;
}

bool Inbox::stop_pausing() {
    return mode_ != Mode::dropping_all && switch_to(Mode::dropping_overflow);
}

bool Inbox::stop_keeping() {
    parts_.clear();
    (void)std::exchange(joined_, {});  // which gives the memory back too
    joining_.reset();
    inside_message_ = false;  // its rest cannot come any more
    return switch_to(Mode::dropping_all);
}

bool Inbox::switch_to(Mode mode) { return std::exchange(mode_, mode) == Mode::paused; }

}  // namespace tautline::session
