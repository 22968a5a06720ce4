// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/time.hpp>
#include <tautline/proto/h2/library_session.hpp>
#include <tautline/proto/h2/options.hpp>
#include <tautline/proto/h2/rate_limit.hpp>

namespace tautline::h2 {

/// Counts what a peer sends that costs us more than it brings: resets, and frames without payload.
///
/// Each function returns false when the peer has gone too far.
/// Calling order: with a time that does not go back.
class FloodGuard {
public:
    FloodGuard(Role role, const Options& options);

    /// Only the first bytes of a frame have come; it may be of any type.
    [[nodiscard]] bool count_begun(const Frame& frame, Instant now);
    /// A whole frame.
    [[nodiscard]] bool count_received(const Frame& frame, Instant now);
    /// A stream that the peer made us reset: costs as much as a reset of its own.
    [[nodiscard]] bool count_forced_reset(Instant now) { return resets_.take(now); }
    [[nodiscard]] bool count_refused_head(Instant now) { return glitches_.take(now); }

private:
    Role role_;
    RateLimit resets_;
    RateLimit glitches_;
};

}  // namespace tautline::h2
