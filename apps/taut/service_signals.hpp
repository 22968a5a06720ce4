// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

namespace tautline::taut {

/// Waits for signals on a thread of its own, so that their handlers may do anything.
///
/// Lifetime: made before any other thread is started that could take the signals (those of an
/// `OutputQueue` take none): they inherit that the signals are blocked for them.
class ServiceSignals {
public:
    struct Handlers {
        std::function<void()> stop;      ///< The first SIGINT or SIGTERM.
        std::function<void()> stop_now;  ///< Every further one.
        std::function<void()> reload;    ///< SIGHUP.
    };

    ServiceSignals();
    ~ServiceSignals();
    ServiceSignals(const ServiceSignals&) = delete;
    ServiceSignals& operator=(const ServiceSignals&) = delete;

    void start(Handlers handlers);
    /// Stops waiting. Returns the signal that asked to stop at once, if one did.
    std::optional<int> finish();

private:
    void run();

    sigset_t awaited_;
    sigset_t before_;
    Handlers handlers_;
    bool stopping_ = false;
    std::optional<int> stopped_now_;
    std::atomic<bool> finishing_ = false;
    std::thread thread_;
};

}  // namespace tautline::taut
