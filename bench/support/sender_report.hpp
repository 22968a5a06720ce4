// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>

namespace bench {

inline double seconds_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What a sending client measures of itself: CPU per message, after a warm-up.
class SenderReport {
public:
    explicit SenderReport(double seconds) : seconds_(seconds) {}

    /// Counts a message; asks the clock now and then. False: the time is over.
    bool count() {
        if (++messages_ % 64 != 0) return true;
        const double now = seconds_of(CLOCK_MONOTONIC);
        if (!warm_ && now - begin_ >= kWarmUp) {
            warm_ = true;
            begin_ = now;
            cpu_ = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
            messages_ = 0;
        }
        return !warm_ || now - begin_ < seconds_;
    }

    void print() const {
        const double wall = seconds_of(CLOCK_MONOTONIC) - begin_;
        const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_;
        const auto messages = static_cast<double>(messages_);
        std::printf("{\"messages\": %.0f, \"per_second\": %.0f, \"cpu_us\": %.4f}\n", messages,
                    messages / wall, cpu * 1e6 / messages);
    }

private:
    static constexpr double kWarmUp = 0.3;
    double seconds_;
    double begin_ = seconds_of(CLOCK_MONOTONIC);
    double cpu_ = 0;
    std::uint64_t messages_ = 0;
    bool warm_ = false;
};

}  // namespace bench
