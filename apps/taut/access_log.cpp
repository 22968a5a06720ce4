// SPDX-License-Identifier: MIT
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "access_log.hpp"

namespace tautline::taut {

namespace {

// A pipe that can be written takes 4096 bytes (PIPE_BUF) at once, as pipe(7) says.
constexpr std::size_t kLongest = 4000;

}  // namespace

void AccessLog::write(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (left_out_ > 0 && write_now(fmt::format("({} lines were left out)", left_out_))) {
        left_out_ = 0;
    }
    if (left_out_ > 0 || !write_now(line)) ++left_out_;
}

// The descriptor stays as it is: others share it, and do not expect one that does not block.
bool AccessLog::write_now(std::string_view line) {
    pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
    const std::string text = std::string(line.substr(0, kLongest)) + "\n";
    return ::write(descriptor_, text.data(), text.size()) > 0;
}

}  // namespace tautline::taut
