// SPDX-License-Identifier: MIT
#include <utility>

#include "service_signals.hpp"

namespace tautline::taut {

namespace {

constexpr int kFinish = SIGUSR2;  // From ourselves: the thread is to end.

}  // namespace

ServiceSignals::ServiceSignals() {
    sigemptyset(&awaited_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, kFinish}) sigaddset(&awaited_, signal);
    pthread_sigmask(SIG_BLOCK, &awaited_, &before_);
}

ServiceSignals::~ServiceSignals() {
    finish();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void ServiceSignals::start(Handlers handlers) {
    handlers_ = std::move(handlers);
    thread_ = std::thread([this] { run(); });
}

std::optional<int> ServiceSignals::finish() {
    if (thread_.joinable()) {
        finishing_ = true;
        pthread_kill(thread_.native_handle(), kFinish);
        thread_.join();
    }
    return stopped_now_;
}

void ServiceSignals::run() {
    while (true) {
        int signal = 0;
        if (sigwait(&awaited_, &signal) != 0 || finishing_) return;
        // Not ours: another process sent it.
        if (signal == kFinish) continue;
        if (signal == SIGHUP) {
            handlers_.reload();
        } else if (!std::exchange(stopping_, true)) {
            handlers_.stop();
        } else {
            stopped_now_ = signal;
            handlers_.stop_now();
        }
    }
}

}  // namespace tautline::taut
