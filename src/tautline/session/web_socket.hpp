// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/session/message.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/session/sender.hpp>

namespace tautline {

namespace session {
struct CoroutineState;
}

/// The receiving half of a `WebSocket`. One coroutine at a time may await it.
///
/// Dropping it while senders live is harmless: what arrives then is thrown away, and a call that
/// waits ends with `UsageError::cancelled`. It may be dropped on any thread.
class Receiver {
public:
    Receiver(Receiver&&) noexcept = default;
    Receiver& operator=(Receiver&&) noexcept;
    ~Receiver();

    /// The next message; `Closed` when there will be none any more, and again at every later call.
    /// Whatever arrived before the end comes first, whoever began to close, but for `close()` of
    /// the `WebSocket` itself, and as long as it is taken within `close_timeout`.
    /// Asio's cancellation leaves the connection and its messages as they are and gives a `Closed`
    /// with `UsageError::cancelled`.
    ///
    /// With `Delivery::streamed` the parts are joined here, so a message of up to
    /// `max_message_bytes` is in memory. Inside of a message that `receive_part` has begun it gives
    /// a `Closed` with `UsageError::message_open` and changes nothing.
    [[nodiscard]] asio::awaitable<std::expected<Message, Closed>> receive();

    /// The next part of a message, for messages that are larger than memory; the end and
    /// cancellation as with `receive`. A `Closed` before the part that is `last()` means that the
    /// rest of the message is lost.
    ///
    /// With `Delivery::streamed` parts come as they arrive, of about 16 KiB of the stream at most;
    /// where compression was agreed one may be a thousand times as large. Only the last part of a
    /// message may be empty. Text is checked as it arrives: a part may end inside a character, and
    /// bad text ends the connection behind the parts that were good. Otherwise each message is one
    /// part.
    /// Memory: reading from the peer pauses while over `high_water_bytes` wait to be taken, so what
    /// waits is that, one part, and at most 256 KiB as they came; and what the socket had received
    /// when a write finds the connection broken.
    [[nodiscard]] asio::awaitable<std::expected<Part, Closed>> receive_part();

private:
    friend class WebSocket;
    explicit Receiver(std::shared_ptr<session::CoroutineState> state);
    std::shared_ptr<session::CoroutineState> state_;
};

/// An open WebSocket for coroutines: the same for clients and servers and every carrier.
///
/// Dropping it closes the connection with 1001 in the background, once its senders are gone too;
/// what arrives until then is thrown away. Calls of it that wait end with `UsageError::cancelled`
/// in a later turn, but for `close`, which ends with the connection, and for a `send` whose message
/// was taken, which succeeds.
///
/// Overlap: any number of coroutines may send, ping and close at once; one at a time receives.
/// Messages go out whole, in the order in which they were taken.
/// Cancellation, as by a timer with `||`, never ends the connection. Each call says what was done
/// by then. Asio itself throws at the next `co_await` of a coroutine that was cancelled; whoever
/// wants to close in order then calls `co_await asio::this_coro::throw_if_cancelled(false)` first,
/// as examples/coroutine_timeout.cpp does.
/// Threads: those of its loop, which runs on one thread; a `sender()` is for the others. It may be
/// dropped on any.
class WebSocket {
public:
    /// The next message, in a `while (auto message = co_await ws.receive())`. When the connection
    /// has ended the result is the `Closed` that tells how. Reading from the peer pauses while
    /// `high_water_bytes` of messages wait here. See `Receiver::receive`.
    [[nodiscard]] asio::awaitable<std::expected<Message, Closed>> receive();
    /// The next part of a message, with `Delivery::streamed` in the options of the client or the
    /// route: for messages larger than memory. See `Receiver::receive_part`.
    [[nodiscard]] asio::awaitable<std::expected<Part, Closed>> receive_part();

    /// Sends at once; awaiting the result waits while more than `high_water_bytes` wait to be
    /// written (backpressure), and now and then for the next turn of the loop, so that one
    /// coroutine that only sends does not keep it. With `OverflowPolicy::wait` and `refuse` it also
    /// waits for room in a full queue; with `drop` a message that is dropped counts as sent.
    /// Cancelled while it waits in front of a full queue it fails with `UsageError::cancelled`, and
    /// the message is not sent; behind that it succeeds, for the message is taken.
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(std::string_view text,
                                                                   SendOptions options = {});
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(const char* text,
                                                                   SendOptions options = {});
    /// Sends a binary message: `std::as_bytes(std::span(v))` makes one of an array or a vector.
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(Bytes bytes,
                                                                   SendOptions options = {});
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send(MessageView message,
                                                                   SendOptions options = {});
    /// Sends a part of a message, for messages that are larger than memory; `last` ends it. All
    /// else as with `send`: it waits for room, and a part that was cancelled in front of a full
    /// queue can be sent again. Meanwhile no other message can be sent: `send` fails with
    /// `UsageError::message_open`, and `close` breaks the message off.
    [[nodiscard]] asio::awaitable<std::expected<void, Error>> send_part(MessageType type,
                                                                        Bytes bytes, bool last,
                                                                        SendOptions options = {});

    /// Sends a Ping and awaits its Pong; gives the round-trip time. Fails as soon as the stream is
    /// known to have ended, also while messages that came before wait to be received. Cancelled, it
    /// fails with `UsageError::cancelled`: the Ping is on its way, nobody waits for its Pong.
    [[nodiscard]] asio::awaitable<std::expected<Duration, Error>> ping();

    /// Does the closing handshake; messages that arrive meanwhile are dropped. On a connection that
    /// is closing already it only awaits the end. Of a reason over 123 bytes as much is sent as
    /// fits. A code that may not be sent, or a reason that is not UTF-8, is refused with a usage
    /// error in `Closed::error`: the connection is open as before. `CloseCode::no_status` sends a
    /// Close without a code; `Closed::code_to_forward` is for a close that is handed on.
    /// Cancelled, it gives a `Closed` with `UsageError::cancelled`, and the closing goes on without
    /// it; a later `close` awaits the end again.
    [[nodiscard]] asio::awaitable<Closed> close(CloseCode code = CloseCode::normal,
                                                std::string reason = {});

    [[nodiscard]] Sender sender() const;
    /// Two halves for different hands. The connection is closed with 1001 when both are gone.
    [[nodiscard]] std::pair<Sender, Receiver> split() &&;
    [[nodiscard]] const OpenInfo& info() const;
    /// As `Peer::data`, for what `UpgradeRequest::data` has begun. It stays until the connection
    /// has ended and the `WebSocket` is gone. A `sender()` in here keeps the connection open as any
    /// other does.
    template <typename T>
    [[nodiscard]] T& data() {
        return held_data().get<T>();
    }
    [[nodiscard]] std::size_t buffered_amount() const;
    /// The loop of the connection.
    [[nodiscard]] asio::any_io_executor executor() const;

private:
    friend struct session::CoroutineState;
    explicit WebSocket(std::shared_ptr<session::CoroutineState> state);
    [[nodiscard]] session::CoroutineState& state() const { return *receiver_.state_; }
    [[nodiscard]] PeerData& held_data();

    Receiver receiver_;
};

namespace session {

/// Handlers that make each connection a `WebSocket` and give it to `on_open`: how coroutines stand
/// on callbacks.
[[nodiscard]] Handlers coroutine_handlers(std::function<void(WebSocket)> on_open);

}  // namespace session
}  // namespace tautline
