// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>
#include <tautline/client/reconnect_options.hpp>

namespace tautline::client {

/// How long to wait before the next attempt (RFC 6455 section 7.2.3).
///
/// Full jitter: a delay is anything from 0 to a ceiling, evenly, and the ceiling grows by
/// `multiplier` with each attempt. So a crowd that lost the same server comes back spread out.
/// Threads: one at a time.
class Backoff {
public:
    /// `options` are in order (see `check`), and outlive it.
    explicit Backoff(const ReconnectOptions& options)
        : options_(options), ceiling_(options.first_delay) {}

    /// The delay before the next attempt, which is counted.
    [[nodiscard]] Duration next(RandomBytes& random);
    /// How long to wait at least for a server that refused us and asked for so much.
    [[nodiscard]] Duration after_refusal(Duration asked, RandomBytes& random) const;
    /// How long to wait at least for a server that restarts or has too much to do.
    [[nodiscard]] Duration after_restart(RandomBytes& random) const;
    /// How many attempts were counted since the start or the last healthy connection.
    [[nodiscard]] unsigned attempts() const { return attempts_; }
    /// A connection was open for this long.
    void connection_lasted(Duration duration);

private:
    const ReconnectOptions& options_;
    Duration ceiling_;
    unsigned attempts_ = 0;
};

}  // namespace tautline::client
