// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/session/message.hpp>

namespace tautline {

class Peer;

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
/// of a `WebSocket` keep its connection open while they live, also one that is kept in the data of
/// that connection: it goes when the peer or a `close` has ended it. Those of a `Peer` do not.
/// Threads: any.
class Sender {
public:
    Sender() = default;

    /// Sends a text message. Failures, and what becomes of a message over `max_buffered_bytes`, are
    /// as with `Peer::send`; what a coroutine of the same connection sends counts as well. While
    /// the connection sends a message in parts, those of other threads wait for its end, and on its
    /// own thread it is `message_open`.
    std::expected<Sent, UsageError> send(std::string_view text, SendOptions options = {}) const;
    /// Sends a binary message: `std::as_bytes(std::span(v))` makes one of an array or a vector.
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

    /// Calls `task` in a later turn of the connection's loop, on its thread: for what only a `Peer`
    /// can do, as to read on (`Peer::set_reading`) when another thread has done its work, and for
    /// `Peer::data`.
    ///
    /// Tasks that one thread posts are called in their order; no order with messages is promised.
    /// Reading from a connection of a `WebSocket` is up to that one.
    /// Errors: `closed` when the connection is gone. A task whose turn comes behind `on_closed` is
    /// dropped. One that throws closes the connection with 1011, as a handler does.
    std::expected<void, UsageError> post(std::move_only_function<void(Peer&)> task) const;

    /// Bytes that wait to be written. May be behind by what is being handed over right now.
    [[nodiscard]] std::size_t buffered_amount() const;
    /// Whether messages are still taken: not any more once the closing has begun, on either side.
    /// A look at the moment, as it may begin right behind it on another thread: `send` tells.
    [[nodiscard]] bool open() const;

    /// Whether both send to the same connection; also when it is gone, and for two that never had
    /// one. `std::hash` fits.
    friend bool operator==(const Sender& left, const Sender& right) {
        return left.mailbox_ == right.mailbox_;
    }

private:
    friend struct std::hash<Sender>;
    friend class session::Driver;
    friend struct session::CoroutineState;
    explicit Sender(std::shared_ptr<session::Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

    std::shared_ptr<session::Mailbox> mailbox_;
    std::shared_ptr<void> keeps_open_;  // null for those of a Peer; holds no `WebSocket`
};

}  // namespace tautline

template <>
struct std::hash<tautline::Sender> {
    std::size_t operator()(const tautline::Sender& sender) const noexcept {
        return std::hash<decltype(sender.mailbox_)>()(sender.mailbox_);
    }
};
