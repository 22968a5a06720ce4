// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

#include <tautline/base/time.hpp>

namespace tautline::transport {

/// How long `bytes` of an answer may take to go out: `answer_timeout`, and a second more for each
/// 16 KiB. A peer that reads a byte now and then gains no time.
[[nodiscard]] constexpr Duration time_for_answer(Duration answer_timeout, std::size_t bytes) {
    constexpr std::size_t kSlowestBytesPerSecond = std::size_t{16} * 1024;
    return answer_timeout + std::chrono::seconds(bytes / kSlowestBytesPerSecond);
}

}  // namespace tautline::transport
