// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>
#include <utility>

#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/session/message.hpp>

namespace tautline {

namespace client {
class ReconnectMailbox;
}

/// Sends over a connection that comes back (`Client::keep_connected`), whether there is one right
/// now or not. Cheap to copy; when it is all over every call fails with `UsageError::closed`.
///
/// A message that was taken ends in exactly one of these ways:
///
/// - it arrived: a Pong came back for a Ping that went out behind it;
/// - it is told in `on_lost`: it went out, but the connection ended before that Pong came (with
///   `resend_unconfirmed` it is sent again instead);
/// - it is told in `on_stopped`: it was never sent.
///
/// What did not go out as a whole waits for the next connection. Order is kept. Messages of one
/// sender arrive in the order in which they were sent.
/// Threads: any.
class ReconnectingSender {
public:
    ReconnectingSender() = default;
    explicit ReconnectingSender(std::shared_ptr<client::ReconnectMailbox> mailbox)
        : mailbox_(std::move(mailbox)) {}

    /// Sends a text message in one of the next turns of the loop. Fails with `closed`,
    /// `queue_full` (see `max_kept_bytes`) or `text_not_utf8`.
    std::expected<void, UsageError> send(std::string_view text, SendOptions options = {}) const;
    /// Sends a binary message.
    std::expected<void, UsageError> send(Bytes bytes, SendOptions options = {}) const;
    /// Sends a message of the same type as `message`.
    std::expected<void, UsageError> send(MessageView message, SendOptions options = {}) const;
    std::expected<void, UsageError> send(const char* text, SendOptions options = {}) const {
        return send(std::string_view(text), options);
    }

    /// Takes nothing more and closes with 1000, as soon as it is known that everything arrived but
    /// `close_timeout` from now at the latest. Without a connection it ends at once. `on_stopped`
    /// follows.
    void stop() const;

    /// What the messages hold that wait or are not known to have arrived, as `max_kept_bytes`
    /// counts.
    [[nodiscard]] std::size_t held_bytes() const;

private:
    std::shared_ptr<client::ReconnectMailbox> mailbox_;
};

}  // namespace tautline
