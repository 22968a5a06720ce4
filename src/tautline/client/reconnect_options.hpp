// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/session/message.hpp>

namespace tautline {

/// Whether trying again is of no use: usage errors (a wrong URL, a handler that threw, but not
/// `too_many_connections`), `certificate_rejected`, `client_certificate_required`, a proxy that
/// does not take the credentials or does not allow the target, permanent redirects that are not
/// followed (301, 308), and refusals with 4xx other than 408, 425 and 429.
/// Not where only the time was missing (`handshake_timeout`).
[[nodiscard]] bool is_final_failure(const Error& error);

/// Whether a Close of the peer says that the two do not understand each other, so that the same
/// would come of it again: 1002, 1003, 1007, 1009 and 1010. Not 1008, which slow peers are told
/// too.
[[nodiscard]] bool is_final_close(CloseCode code);

/// When and how often a connection that was lost is opened again, and what is kept meanwhile.
struct ReconnectOptions {
    /// Delays are random, from 0 to a ceiling that begins here and grows by `multiplier`. Behind a
    /// Close with 1012 or 1013 (restart, overload) the delay is from 5 to 30 s, or from a sixth of
    /// `max_delay` to all of it where that is less.
    Duration first_delay = std::chrono::milliseconds(200);
    Duration max_delay = std::chrono::seconds(30);
    double multiplier = 2;
    /// Attempts in a row without a healthy connection; then it gives up. 0: never.
    unsigned max_attempts = 0;
    /// A connection that held so long was healthy: delays and attempts begin anew behind it.
    Duration healthy_after = std::chrono::seconds(10);
    /// A server that says `Retry-After: <seconds>` is waited for so long, but no longer than this;
    /// and up to a tenth of it more, `first_delay` at least, so that not all come back at once.
    Duration max_retry_after = std::chrono::hours(1);
    /// Messages that wait or are not known to have arrived. When they hold so much already, `send`
    /// fails with `queue_full`: memory is bounded by it plus one message. Each message counts with
    /// 64 bytes more than it has.
    std::size_t max_kept_bytes = 1024 * 1024;
    /// The Ping that asks whether all arrived is sent again after this long without its Pong: a
    /// peer may answer the latest of several Pings only.
    Duration ask_again = std::chrono::seconds(5);
    /// What is not known to have arrived is sent again instead of told in `on_lost`: every message
    /// arrives at least once, but it may arrive twice.
    bool resend_unconfirmed = false;
    /// Which failures end it. A function that throws has said yes, here and below.
    std::function<bool(const Error&)> is_final = is_final_failure;
    /// Which codes end it, when the peer closes an open connection.
    std::function<bool(CloseCode)> is_final_close = tautline::is_final_close;
};

/// There is no connection, and there will be a new attempt.
struct Outage {
    Error error;         ///< Why. Without a code when the peer closed in order.
    Duration delay{};    ///< From now to the attempt.
    unsigned attempt{};  ///< Which one in a row, from 1.
    std::optional<CloseCode> close_code = {};  ///< Of the peer, when it closed in order.
};

/// What an application wants to know beyond its single connections. Called on the loop, outside of
/// the handlers of any connection. What they throw is dropped.
struct ReconnectHandlers {
    /// A connection was lost or could not be opened.
    std::function<void(const Outage&)> on_outage = {};
    /// Exactly those messages of which it is not known that they arrived, in their order.
    std::function<void(std::vector<Message>)> on_lost = {};
    /// Half of `max_kept_bytes` is free again after a `send` failed with `queue_full`.
    std::function<void()> on_room = {};
    /// The last call: it gave up, or was stopped (`UsageError::cancelled`). The messages were never
    /// sent.
    std::function<void(const Error&, std::vector<Message> kept)> on_stopped = {};
};

namespace client {

/// Refuses options that make no sense, with `option_invalid`.
[[nodiscard]] std::expected<void, Error> check(const ReconnectOptions& options);

/// What the server said in a `Retry-After` in seconds.
[[nodiscard]] std::optional<Duration> retry_after(const Error& error);

}  // namespace client
}  // namespace tautline
