// SPDX-License-Identifier: MIT
#include <utility>

#include <fmt/format.h>

#include "line_log.hpp"

namespace tautline::taut {

LineLog::LineLog(int descriptor)
    : queue_(
          descriptor, [this](OutputQueue::Change) { on_room(); },
          // A disk that is full may have room again.
          OutputQueue::Failures::skipped) {}

void LineLog::write(std::string_view line) {
    const std::scoped_lock lock(mutex_);
    if (full_) {
        ++left_out_;
        return;
    }
    full_ = !queue_.write(fmt::format("{}\n", line));
}

void LineLog::on_room() {
    const std::scoped_lock lock(mutex_);
    full_ = false;
    const auto left_out = std::exchange(left_out_, 0);
    if (left_out > 0) full_ = !queue_.write(fmt::format("({} lines were left out)\n", left_out));
}

}  // namespace tautline::taut
