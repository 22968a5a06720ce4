// SPDX-License-Identifier: MIT
#include <tautline/io/clock.hpp>

namespace tautline::io {

Instant now() {
    const auto since_zero = std::chrono::steady_clock::now().time_since_epoch();
    return Instant(std::chrono::duration_cast<Duration>(since_zero));
}

std::chrono::steady_clock::time_point to_steady(Instant instant) {
    using Steady = std::chrono::steady_clock;
    return Steady::time_point(
        std::chrono::duration_cast<Steady::duration>(instant.time_since_epoch()));
}

}  // namespace tautline::io
