// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <utility>

#include <asio/awaitable.hpp>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/session/message.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/session/sender.hpp>

namespace tautline {

namespace session {
struct CoroutineState;
}

/// The receiving half of a `WebSocket`. One coroutine at a time may await it.
class Receiver {
public:
    /// The next message; `Closed` when there will be none any more, and again at every later call.
    /// Cancellation (asio's) leaves the connection and its messages as they are.
    [[nodiscard]] asio::awaitable<std::expected<Message, Closed>> receive();

private:
    friend class WebSocket;
    std::shared_ptr<session::CoroutineState> state_;
};

/// An open WebSocket for coroutines: the same for clients and servers and every carrier.
///
/// Dropping it closes the connection with 1001 in the background. `split` gives the two halves into
/// different hands: then the connection is closed so when the receiver and every sender are gone.
/// Threads: those of its loop, which runs on one thread; `sender()` is for the others.
class WebSocket {
public:
    WebSocket(WebSocket&&) noexcept = default;
    WebSocket& operator=(WebSocket&&) noexcept = default;
    ~WebSocket() = default;

    /// The next message, in a `while (auto message = co_await ws.receive())`. When the connection
    /// has ended the result is the `Closed` that tells how. Reading from the peer pauses while more
    /// than a batch of messages waits here.
    [[nodiscard]] asio::awaitable<std::expected<Message, Closed>> receive();

    /// Sends and, when much waits already, waits until there is room (backpressure).
    /// Lifetime: what is sent is copied before the call returns its awaitable's first suspension.
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(std::string_view text);
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(const char* text);
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(Bytes bytes);
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(MessageView message);

    /// Sends a Ping and awaits its Pong; gives the round-trip time.
    [[nodiscard]] asio::awaitable<std::expected<Duration, Error>> ping();

    /// Does the closing handshake; messages that arrive meanwhile are dropped.
    [[nodiscard]] asio::awaitable<Closed> close(CloseCode code = CloseCode::normal,
                                                std::string_view reason = {});

    [[nodiscard]] Sender sender() const;
    [[nodiscard]] std::pair<Sender, Receiver> split() &&;
    [[nodiscard]] const OpenInfo& info() const;
    [[nodiscard]] std::size_t buffered_amount() const;

private:
    friend struct session::CoroutineState;
    std::shared_ptr<session::CoroutineState> state_;
};

}  // namespace tautline
