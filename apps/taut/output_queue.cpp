// SPDX-License-Identifier: MIT
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "output_queue.hpp"

namespace tautline::taut {

struct OutputQueue::State {
    int descriptor;
    Failures failures;
    std::mutex calling;  // held while `on_change` runs
    std::function<void(Change)> on_change;
    std::mutex mutex;  // of all that follows
    std::condition_variable changed;
    std::string waiting;
    bool full = false;
    int broken = 0;  // 0, or why
    bool finishing = false;
    bool abandoned = false;
    bool ended = false;

    void run();
    /// Returns whether there may be more to write.
    bool write_batch(std::unique_lock<std::mutex>& lock, std::string& batch);
    /// Returns 0, or why it could not be written.
    [[nodiscard]] int write_all(std::string_view text) const;
    void tell(Change change);
};

namespace {

// Signals are for the threads that can do something about them.
template <typename Run>
std::thread thread_without_signals(Run run) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::move(run));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace

OutputQueue::OutputQueue(int descriptor, std::function<void(Change)> on_change, Failures failures)
    : state_(std::make_shared<State>()) {
    state_->descriptor = descriptor;
    state_->failures = failures;
    state_->on_change = std::move(on_change);
    thread_ = thread_without_signals([state = state_] { state->run(); });
}

OutputQueue::~OutputQueue() { finish(); }

bool OutputQueue::write(std::string_view text) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->broken != 0) return true;
    if (state_->waiting.empty()) state_->changed.notify_all();
    state_->waiting += text;
    // It stays full until `room` is reported: the writer that stopped waits for that.
    if (state_->waiting.size() > kHighWater) state_->full = true;
    return !state_->full;
}

bool OutputQueue::finish(std::optional<Duration> limit) {
    if (thread_.joinable()) {
        std::unique_lock lock(state_->mutex);
        state_->finishing = true;
        state_->changed.notify_all();
        const auto ended = [this] { return state_->ended; };
        if (limit) {
            state_->changed.wait_for(lock, *limit, ended);
        } else {
            state_->changed.wait(lock, ended);
        }
        const bool in_time = ended();
        lock.unlock();
        if (!in_time) abandon();
    }
    if (thread_.joinable()) thread_.join();
    return !error();
}

// Nobody can end a thread whose write does not return.
void OutputQueue::abandon() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->abandoned = true;
        state_->broken = ETIMEDOUT;
    }
    const std::scoped_lock lock(state_->calling);
    state_->on_change = nullptr;
    thread_.detach();
}

std::error_code OutputQueue::error() {
    const std::scoped_lock lock(state_->mutex);
    return {state_->broken, std::generic_category()};
}

void OutputQueue::State::run() {
    std::string batch;
    std::unique_lock lock(mutex);
    do {
        changed.wait(lock, [this] { return finishing || !waiting.empty(); });
    } while (!waiting.empty() && write_batch(lock, batch));
    ended = true;
    changed.notify_all();
}

bool OutputQueue::State::write_batch(std::unique_lock<std::mutex>& lock, std::string& batch) {
    batch.clear();
    std::swap(batch, waiting);
    lock.unlock();
    const int problem = write_all(batch);
    const bool goes_on = problem == 0 || failures == Failures::skipped;
    lock.lock();
    if (!goes_on && !abandoned) broken = problem;
    const bool room = full && waiting.size() <= kLowWater;
    if (room) full = false;
    if (goes_on && !room) return true;
    lock.unlock();
    tell(goes_on ? Change::room : Change::broken);
    lock.lock();
    return goes_on;
}

void OutputQueue::State::tell(Change change) {
    const std::scoped_lock lock(calling);
    if (on_change) on_change(change);
}

int OutputQueue::State::write_all(std::string_view text) const {
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count > 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            // Somebody who shares the descriptor made it non-blocking.
            pollfd waiting_for{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&waiting_for, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace tautline::taut
