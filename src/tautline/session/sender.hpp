// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>
#include <utility>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/session/message.hpp>

namespace tautline {

namespace session {
class Mailbox;
class Driver;
struct CoroutineState;
}  // namespace session
namespace blocking {
class WebSocket;
}

/// Sends to one connection from any thread. Cheap to copy; harmless to keep when the connection is
/// gone: every call then fails with `UsageError::closed`.
///
/// Messages of one sender arrive in the order in which they were sent; what a callback sends
/// through its `Peer` may overtake what another thread has just sent, but a close does not. Senders
/// of a `WebSocket` keep its connection open while they live; those of a `Peer` do not.
/// Threads: any.
class Sender {
public:
    Sender() = default;

    /// Sends a text message. Fails with `closed`, `queue_full` or `text_not_utf8`. While the
    /// connection sends a message in parts, those of other threads wait for its end, and on its own
    /// thread it is `message_open`.
    std::expected<Sent, UsageError> send(std::string_view text, SendOptions options = {}) const;
    /// Sends a binary message.
    std::expected<Sent, UsageError> send(Bytes bytes, SendOptions options = {}) const;
    /// Sends a message of the same type as `message`.
    std::expected<Sent, UsageError> send(MessageView message, SendOptions options = {}) const;
    std::expected<Sent, UsageError> send(const char* text, SendOptions options = {}) const {
        return send(std::string_view(text), options);
    }

    /// Begins the closing handshake behind what was sent. Reasons and failures are those of
    /// `Peer::close`.
    std::expected<void, UsageError> close(CloseCode code = CloseCode::normal,
                                          std::string_view reason = {}) const;

    /// Bytes that wait to be written. May be behind by what is being handed over right now.
    [[nodiscard]] std::size_t buffered_amount() const;
    [[nodiscard]] bool open() const;

private:
    friend class session::Driver;
    friend struct session::CoroutineState;
    explicit Sender(std::shared_ptr<session::Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

    std::shared_ptr<session::Mailbox> mailbox_;
    std::shared_ptr<void> keeps_open_;  // null for those of a Peer
};

}  // namespace tautline
