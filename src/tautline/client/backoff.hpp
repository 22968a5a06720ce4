// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>

namespace tautline::client {

/// How long to wait before the next attempt (RFC 6455 section 7.2.3).
///
/// Full jitter: a delay is anything from 0 to a ceiling, evenly, and the ceiling grows by
/// `multiplier` with each attempt. So a crowd that lost the same server comes back spread out.
/// Threads: one at a time.
class Backoff {
public:
    struct Options {
        Duration first_delay;  ///< The first ceiling; positive.
        Duration max_delay;    ///< The last ceiling; not less than the first.
        double multiplier;     ///< At least 1.
        /// A connection that held so long makes the next attempt a first one.
        Duration healthy_after;
    };

    explicit Backoff(const Options& options) : options_(options), ceiling_(options.first_delay) {}

    /// The delay before the next attempt, which is counted.
    [[nodiscard]] Duration next(RandomBytes& random);
    /// How many attempts were counted since the start or the last healthy connection.
    [[nodiscard]] unsigned attempts() const { return attempts_; }
    /// A connection was open for this long.
    void connection_lasted(Duration duration);

private:
    Options options_;
    Duration ceiling_;
    unsigned attempts_ = 0;
};

}  // namespace tautline::client
