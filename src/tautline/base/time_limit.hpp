// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <tautline/base/time.hpp>

namespace tautline {

/// The most that an option may set for a time: deadlines are sums with the present time, which must
/// not go over the end of the clock.
inline constexpr Duration kLongestTime = std::chrono::years(1);

[[nodiscard]] constexpr bool is_time_limit(Duration time) {
    return time > Duration::zero() && time <= kLongestTime;
}

}  // namespace tautline
