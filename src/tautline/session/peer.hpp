// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/session/message.hpp>
#include <tautline/session/peer_data.hpp>
#include <tautline/session/sender.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline {

/// How an open connection came about.
///
/// Memory: on a server `Sec-WebSocket-Key` and `Sec-WebSocket-Accept` may be missing, see
/// `Peer::info`. They are all that differs between the connections of one kind of client.
struct OpenInfo {
    http::RequestHead request;  ///< The request: the peer's on a server, our own on a client.
    http::FieldList response_fields;
    std::vector<std::pair<std::string, std::string>> parameters = {};  ///< "{room}" of the route.
    std::string subprotocol;                                           ///< Empty: none was agreed.
    std::optional<deflate::Parameters> compression;
    transport::StreamInfo stream;

    /// The value of a parameter of the route, percent-decoded; empty when there is none.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

/// One open connection as its callbacks see it.
///
/// Lifetime: from `on_open` until `on_closed` returns. To send later or from elsewhere, keep a
/// `sender()`.
/// Threads: only inside callbacks, or on the thread that runs the loop.
class Peer {
public:
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Sends a text message. Fails with `closed` or `text_not_utf8`. While `max_buffered_bytes`
    /// wait, as the peer does not read, or not as fast as is sent at once, the message is not lost
    /// unnoticed: the connection is closed, or `ConnectionOptions::overflow` says otherwise, such
    /// as `queue_full`. A message larger than that is taken, and counts whole: the next one may be
    /// too much. To keep away from there, do as an echo does:
    ///
    ///     on_message: if (peer.send(message) == Sent::queued) peer.set_reading(false);
    ///     on_drain:   peer.set_reading(true);
    std::expected<Sent, UsageError> send(std::string_view text, SendOptions options = {});
    std::expected<Sent, UsageError> send(const char* text, SendOptions options = {}) {
        return send(std::string_view(text), options);
    }
    /// Sends a binary message. Of an array or a vector `v` of any plain type, as `std::uint8_t`:
    /// `send(std::as_bytes(std::span(v)))`.
    std::expected<Sent, UsageError> send(Bytes bytes, SendOptions options = {});
    /// Sends a message of the same type: the argument of `on_message` makes an echo.
    std::expected<Sent, UsageError> send(MessageView message, SendOptions options = {});
    /// Sends a message in parts; `last` ends it. Whole messages fail with `message_open` meanwhile.
    /// No message has a gap: with `OverflowPolicy::drop` only a first part is dropped, and with it
    /// all others of its message (`Sent::dropped`) until the last one. Behind a first part that was
    /// taken it is `queue_full` there, as with `refuse`, and the part can be sent again after
    /// `on_drain`.
    std::expected<Sent, UsageError> send_part(MessageType type, Bytes bytes, bool last,
                                              SendOptions options = {});
    /// Sends a Ping of at most 125 bytes; `on_pong` tells the round-trip time.
    std::expected<void, UsageError> ping(Bytes payload = {});
    std::expected<void, UsageError> pong(Bytes payload = {});

    /// Begins the closing handshake behind what is queued and what other threads have sent; nothing
    /// more can be sent, and `on_closed` follows. Only a message in parts is broken off, and what
    /// waits for its end is lost. Of a reason over 123 bytes as much is sent as fits.
    ///
    /// The messages in front of the peer's Close still come, unless reading is stopped: then the
    /// peer is read again, but for its Close only. `CloseCode::no_status` sends a Close without a
    /// code; `Closed::code_to_forward` is for a close that is handed on.
    /// Fails with `closed` when it is closing already, so that `on_closed` follows all the same;
    /// with `close_code_reserved`, or `close_reason_invalid` for what is not UTF-8: then the
    /// connection is open as before.
    std::expected<void, UsageError> close(CloseCode code = CloseCode::normal,
                                          std::string_view reason = {});

    /// Bytes that wait to be written.
    [[nodiscard]] std::size_t buffered_amount() const;
    /// Stops and restarts reading from the peer. No further message comes while it is stopped (an
    /// engine of another library may go on with those of the same read); what has arrived is kept
    /// as it came: at most 256 KiB, and the receive buffer of the socket when a write finds the
    /// connection broken. The end is told behind that; whoever does not read on for
    /// `close_timeout` loses it. Whoever stops after `close` does not get the peer's Close either,
    /// and perhaps runs into the timeout.
    ///
    /// Meanwhile the heartbeat blames nobody, and sends a Pong each half `ping_interval`: peers and
    /// proxies that count any byte hear that we live. The peer's Pings are not answered, as they
    /// stand behind what is not read: a peer that insists on their own Pongs ends the connection
    /// when reading is stopped for longer than it waits. A peer that has vanished is found by the
    /// system, which gets no answer to our Pongs (Linux tries for about a quarter of an hour), by
    /// `stall_timeout` when messages wait that it does not take, or once reading goes on. The
    /// system of a peer that has gone after its last message answers a Pong with a reset, and what
    /// it had not delivered by then is lost; `ping_interval` of std::nullopt keeps that.
    void set_reading(bool reading);

    /// A handle for other threads and other times.
    [[nodiscard]] Sender sender() const;

    /// How the connection came about. A server packs it once `on_open` has returned and nobody has
    /// asked: equal ones are then kept once, and come without `Sec-WebSocket-Key` and
    /// `Sec-WebSocket-Accept`, which would make each one different. Whoever wants those asks in
    /// `on_open`. Once asked for it stays, until the end.
    [[nodiscard]] const OpenInfo& info() const;
    [[nodiscard]] std::string_view parameter(std::string_view name) const {
        return info().parameter(name);
    }

    /// Room for something of the application's own, of one type for the life of the connection:
    /// made on first use, which may be that of `UpgradeRequest::data`.
    template <typename T>
    [[nodiscard]] T& data() {
        return held_data().get<T>();
    }

private:
    friend class session::Driver;
    friend struct session::CoroutineState;
    friend class blocking::WebSocket;

    Peer() = default;
    ~Peer() = default;
    // A peer is nothing but its driver, seen from the application.
    [[nodiscard]] session::Driver& driver() const;
    [[nodiscard]] PeerData& held_data();
};

/// What an application wants to know of its connections. Leave out what you do not need.
///
/// Handlers run on the thread of the loop. A handler that throws closes its connection with 1011;
/// what `on_closed` throws is dropped.
struct Handlers {
    std::function<void(Peer&)> on_open = {};
    std::function<void(Peer&, MessageView)> on_message = {};
    std::function<void(Peer&, PartView)> on_part = {};  ///< With `Delivery::streamed`.
    std::function<void(Peer&, Bytes)> on_ping = {};     ///< With `deliver_control_frames`.
    /// An answer to `ping`, with its round-trip time; others with `deliver_control_frames`.
    std::function<void(Peer&, Bytes, std::optional<Duration>)> on_pong = {};
    std::function<void(Peer&)> on_drain = {};  ///< What waits fell to low water.
    /// Exactly once, the last call; not at all when the loop, as that of a `Client`, is destroyed
    /// before the end.
    std::function<void(Peer&, const Closed&)> on_closed = {};
};

}  // namespace tautline
