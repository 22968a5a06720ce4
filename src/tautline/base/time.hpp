// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace tautline {

/// A length of time.
using Duration = std::chrono::nanoseconds;

/// The clock of `Instant`. It has no `now()` on purpose: below the purity line time is an argument.
struct TimeScale {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<TimeScale>;
    static constexpr bool is_steady = true;
};

/// A point on a clock that never goes back. Only differences mean something.
using Instant = TimeScale::time_point;

}  // namespace tautline
