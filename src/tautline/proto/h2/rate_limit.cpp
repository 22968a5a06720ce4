// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/rate_limit.hpp>

#include <chrono>

namespace tautline::h2 {

bool RateLimit::take(Instant now) {
    if (!started_) refilled_ = now;
    started_ = true;
    // Whole seconds only, so that no fraction of a token is lost or counted twice.
    const auto passed = std::chrono::floor<std::chrono::seconds>(now - refilled_);
    if (passed.count() > 0) {
        const auto seconds = static_cast<std::size_t>(passed.count());
        // Their product may be more than a number can be.
        const std::size_t missing = burst_ - tokens_;
        const bool all = per_second_ > 0 && seconds > missing / per_second_;
        tokens_ += all ? missing : seconds * per_second_;
        refilled_ += passed;
    }
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
}

}  // namespace tautline::h2
