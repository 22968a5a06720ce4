// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include <tautline/base/time.hpp>

namespace tautline {

/// The most that an option may set for a time: deadlines are sums with the present time, which must
/// not go over the end of the clock.
inline constexpr Duration kLongestTime = std::chrono::years(1);

/// The deadline when `time` begins at `now`; no more of it counts than the longest.
[[nodiscard]] constexpr Instant due_after(Instant now, Duration time) {
    return now + std::min(time, kLongestTime);
}

[[nodiscard]] constexpr bool is_time_limit(Duration time) {
    return time > Duration::zero() && time <= kLongestTime;
}

}  // namespace tautline
