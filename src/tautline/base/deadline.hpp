// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include <tautline/base/time.hpp>

namespace tautline {

/// A moment by which something must have happened; std::nullopt when there is no limit.
using Deadline = std::optional<Instant>;

[[nodiscard]] constexpr Deadline earlier(Deadline a, Deadline b) {
    return a && b ? std::min(a, b) : (a ? a : b);
}

[[nodiscard]] constexpr bool is_due(Deadline deadline, Instant now) {
    return deadline && now >= *deadline;
}

}  // namespace tautline
