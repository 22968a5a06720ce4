// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <tautline/base/time.hpp>

namespace tautline::io {

/// Reads the clock: the only place of the library that does. It never goes back, and counts from
/// the same zero as `std::chrono::steady_clock`.
[[nodiscard]] Instant now();

/// The same instant as a time point of Asio's timers.
[[nodiscard]] std::chrono::steady_clock::time_point to_steady(Instant instant);

}  // namespace tautline::io
