// SPDX-License-Identifier: MIT
#include <cerrno>
#include <utility>

#include <asio/post.hpp>
#include <sys/epoll.h>
#include <unistd.h>

#include "input.hpp"

namespace tautline::taut {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

}  // namespace

Input::Input(asio::io_context& context, int descriptor, std::function<void()> on_readable)
    : descriptor_(descriptor),
      on_readable_(std::move(on_readable)),
      context_(context),
      watch_(context, ::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    watched_ = ::epoll_ctl(watch_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Input::set_reading(bool reading) {
    reading_ = reading;
    if (reading) wait();
    if (!reading && waiting_) watch_.cancel();
}

void Input::wait() {
    if (std::exchange(waiting_, true)) return;
    if (!watched_) {
        asio::post(context_, [this] { on_ready(); });
        return;
    }
    watch_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](std::error_code) { on_ready(); });
}

// Also called when the wait was cancelled: reading may have been started again by then.
void Input::on_ready() {
    waiting_ = false;
    if (!reading_) return;
    on_readable_();
    if (reading_) wait();
}

std::string_view Input::read() {
    memory_.resize(kReadBytes);
    ssize_t count = 0;
    do {
        count = ::read(descriptor_, memory_.data(), memory_.size());
    } while (count < 0 && errno == EINTR);
    return std::string_view(memory_).substr(0, count > 0 ? static_cast<std::size_t>(count) : 0);
}

}  // namespace tautline::taut
