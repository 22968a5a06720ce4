// SPDX-License-Identifier: MIT
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "output_queue.hpp"

namespace tautline::taut {

OutputQueue::OutputQueue(int descriptor, std::function<void(Change)> on_change)
    : descriptor_(descriptor), on_change_(std::move(on_change)), thread_([this] { run(); }) {}

OutputQueue::~OutputQueue() { finish(); }

bool OutputQueue::write(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    if (broken_ != 0) return true;
    if (waiting_.empty()) changed_.notify_one();
    waiting_ += text;
    // It stays full until `room` is reported: the writer that stopped waits for that.
    if (waiting_.size() > kHighWater) full_ = true;
    return !full_;
}

bool OutputQueue::finish() {
    {
        const std::scoped_lock lock(mutex_);
        finishing_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    return broken_ == 0;
}

std::error_code OutputQueue::error() {
    const std::scoped_lock lock(mutex_);
    return {broken_, std::generic_category()};
}

void OutputQueue::run() {
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        batch.clear();
        std::swap(batch, waiting_);
        lock.unlock();
        const int problem = write_all(batch);
        const bool written = problem == 0;
        lock.lock();
        broken_ = problem;
        const bool room = full_ && waiting_.size() <= kLowWater;
        if (room) full_ = false;
        if (written && !room) continue;
        lock.unlock();
        on_change_(written ? Change::room : Change::broken);
        if (!written) return;
        lock.lock();
    }
}

int OutputQueue::write_all(std::string_view text) const {
    while (!text.empty()) {
        const auto count = ::write(descriptor_, text.data(), text.size());
        if (count > 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            // Somebody who shares the descriptor made it non-blocking.
            pollfd waiting{.fd = descriptor_, .events = POLLOUT, .revents = 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace tautline::taut
