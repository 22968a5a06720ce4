// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include <tautline/base/error.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/session/message.hpp>
#include <tautline/session/peer.hpp>

namespace tautline::blocking {

/// A WebSocket for programs without a loop: every call waits for its result.
///
///     auto ws = tautline::blocking::connect("ws://127.0.0.1:8080/echo").value();
///     ws.send("hello");
///     for (const auto& message : ws.messages()) { ... }   // sending in here is allowed
///
/// A thread of its own reads and answers Pings meanwhile. Destroying it closes with 1001 and waits
/// for the end, at most `close_timeout`.
/// Threads: `send`, `ping` and `close` from any; `receive`, `receive_part` and `messages` from one
/// at a time.
class WebSocket {
public:
    WebSocket(WebSocket&&) noexcept;
    WebSocket& operator=(WebSocket&&) noexcept;
    ~WebSocket();

    /// The next message; `Closed` after the last one. Inside of a message that `receive_part` has
    /// begun a `Closed` with `UsageError::message_open`, which changes nothing.
    [[nodiscard]] std::expected<Message, Closed> receive();
    /// As `receive`, but gives std::nullopt when none came within `timeout`. A time of more than a
    /// year, as `Duration::max()`, is no limit; none at all, or less, looks only.
    [[nodiscard]] std::optional<std::expected<Message, Closed>> receive_for(Duration timeout);
    /// The next part of a message, with `Delivery::streamed`: for messages larger than memory. All
    /// else as with `Receiver::receive_part` of coroutines.
    [[nodiscard]] std::expected<Part, Closed> receive_part();
    /// As `receive_part`, but gives std::nullopt when none came within `timeout`, which is as in
    /// `receive_for`.
    [[nodiscard]] std::optional<std::expected<Part, Closed>> receive_part_for(Duration timeout);

    /// Sends; waits for room when the queue is full. With `OverflowPolicy::drop` a message that is
    /// dropped counts as sent.
    std::expected<void, Error> send(std::string_view text, SendOptions options = {});
    std::expected<void, Error> send(const char* text, SendOptions options = {}) {
        return send(std::string_view(text), options);
    }
    /// Sends a binary message: `std::as_bytes(std::span(v))` makes one of an array or a vector.
    std::expected<void, Error> send(Bytes bytes, SendOptions options = {});
    std::expected<void, Error> send(MessageView message, SendOptions options = {});
    /// The round-trip time of a Ping. Fails as soon as the stream is known to have ended, also
    /// while messages that came before wait to be received.
    std::expected<Duration, Error> ping();
    /// Closes and waits for the end. What has arrived can still be received; what comes while the
    /// queue is over `high_water_bytes` is dropped from here on, and all behind it if it was a
    /// part: then the end comes before the last one. Of a reason over 123 bytes as much is sent as
    /// fits. A code that may not be sent, or a reason that is not UTF-8, is refused with a usage
    /// error in `Closed::error`: the connection is open as before. `CloseCode::no_status` sends a
    /// Close without a code.
    Closed close(CloseCode code = CloseCode::normal, std::string_view reason = {});

    [[nodiscard]] const OpenInfo& info() const;

    /// A range over the messages until the connection ends; `closed()` then says how. Each message
    /// is the loop's own, to look at or to take from:
    ///
    ///     for (auto& message : ws.messages()) store(message.take());
    class Messages;
    [[nodiscard]] Messages messages();
    /// How the connection ended, once it has.
    [[nodiscard]] std::optional<Closed> closed() const;

private:
    struct State;
    friend std::expected<WebSocket, Error> connect(std::string_view, ClientOptions);
    explicit WebSocket(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Opens a WebSocket and waits for it. See `tautline::connect` for the errors; here it is also one
/// of the system when there is no thread for the connection.
[[nodiscard]] std::expected<WebSocket, Error> connect(std::string_view url,
                                                      ClientOptions options = {});

class WebSocket::Messages {
public:
    class Iterator {
    public:
        explicit Iterator(WebSocket* socket) : socket_(socket) { ++*this; }
        Message& operator*() { return message_; }
        Iterator& operator++() {
            auto next = socket_->receive();
            if (next)
                message_ = std::move(*next);
            else
                socket_ = nullptr;
            return *this;
        }
        bool operator!=(std::nullptr_t) const { return socket_ != nullptr; }

    private:
        WebSocket* socket_;
        Message message_;
    };
    explicit Messages(WebSocket& socket) : socket_(socket) {}
    [[nodiscard]] Iterator begin() const { return Iterator(&socket_); }
    [[nodiscard]] std::nullptr_t end() const { return nullptr; }

private:
    WebSocket& socket_;
};

}  // namespace tautline::blocking
