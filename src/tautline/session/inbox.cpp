// SPDX-License-Identifier: MIT
#include <tautline/session/inbox.hpp>

#include <utility>

namespace tautline::session {

bool Inbox::push(MessageView message) {
    if (mode_ == Mode::dropping_all || (mode_ == Mode::dropping_overflow && full())) return false;
    messages_.push(message);
    if (mode_ != Mode::reading || !full()) return false;
    mode_ = Mode::paused;
    return true;
}

bool Inbox::resumes() {
    if (mode_ != Mode::paused || messages_.bytes() > high_water_bytes_ / 4) return false;
    mode_ = Mode::reading;
    return true;
}

bool Inbox::stop_pausing() {
    return mode_ != Mode::dropping_all && switch_to(Mode::dropping_overflow);
}

bool Inbox::stop_keeping() {
    messages_.clear();
    return switch_to(Mode::dropping_all);
}

bool Inbox::switch_to(Mode mode) { return std::exchange(mode_, mode) == Mode::paused; }

}  // namespace tautline::session
