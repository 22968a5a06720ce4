// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/rate_limit.hpp>

#include <algorithm>
#include <chrono>

namespace tautline::h2 {

bool RateLimit::take(Instant now) {
    if (!started_) refilled_ = now;
    started_ = true;
    // Whole seconds only, so that no fraction of a token is lost or counted twice.
    const auto passed = std::chrono::floor<std::chrono::seconds>(now - refilled_);
    if (passed.count() > 0) {
        const std::size_t seconds = std::min(static_cast<std::size_t>(passed.count()), burst_);
        tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
        refilled_ += passed;
    }
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
}

}  // namespace tautline::h2
