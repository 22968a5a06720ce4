// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/time.hpp>

namespace tautline::h2 {

/// A token bucket: allows a burst at once, and a number a second after that.
///
/// Calling order: `take` with a time that does not go back.
class RateLimit {
public:
    RateLimit(std::size_t burst, std::size_t per_second)
        : burst_(burst), per_second_(per_second), tokens_(burst) {}

    /// Counts one. Returns false when that is one too many.
    [[nodiscard]] bool take(Instant now);

private:
    std::size_t burst_;
    std::size_t per_second_;
    std::size_t tokens_;
    Instant refilled_{};
    bool started_ = false;
};

}  // namespace tautline::h2
