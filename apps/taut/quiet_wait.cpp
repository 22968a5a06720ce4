// SPDX-License-Identifier: MIT
#include <algorithm>

#include "quiet_wait.hpp"

namespace tautline::taut {

Instant QuietWait::due() const { return std::min(heard_ + pause_, begun_ + limit()); }

std::optional<QuietWait::End> QuietWait::end(Instant now) const {
    if (now >= heard_ + pause_) return End::quiet;
    return now >= begun_ + limit() ? std::optional(End::too_long) : std::nullopt;
}

}  // namespace tautline::taut
