// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include <tautline/base/buffer.hpp>
#include <tautline/base/buffer_pool.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::deflate {
class Shared;
}

namespace tautline::websocket {

/// What an engine is made with. The objects that it points at must outlive the engine.
struct EngineSetup {
    Role role = Role::server;
    const ConnectionOptions* options = nullptr;
    /// As agreed in the opening handshake.
    std::optional<deflate::Parameters> compression = std::nullopt;
    RandomBytes* random = nullptr;
    Instant now{};
    /// Compressors that the connections of a thread share, where they do not take over contexts.
    /// Without it each has its own.
    deflate::Shared* shared_deflate = nullptr;
    /// Memory for what must be copied or is not in its final form, which the connections of a
    /// thread share. Without it each message of that kind takes memory of its own.
    BufferPool* buffers = nullptr;
};

/// The message protocol behind a session: bytes in, events out; commands in, bytes out.
///
/// Calling order, once the opening handshake is done:
///
///     wait for bytes, or until engine.next_timeout(); after Closed, until engine.close_deadline()
///     bytes came:      engine.receive(bytes, now)
///     the stream ended: engine.receive_end(error, now)
///     in any case:     engine.handle_timeout(now)
///     while (auto event = engine.poll_event()) ...   // commands may be called in here
///     then write engine.poll_transmit() and report with engine.transmitted(count)
///
/// Events and output may follow every call but the const ones. After `Closed` flush, shut the
/// stream down, and drop it when the peer has ended it or `close_deadline` has passed, whatever
/// still waits. examples/poll_loop.cpp is a server, examples/poll_client.cpp a client.
///
/// For very many short messages, ask `poll_message` before each `poll_event`.
///
/// The engine does no I/O and reads no clock. It cannot fail halfway: a peer that breaks a rule
/// makes it queue the right Close and report `Closed`; there is no error path for the driver.
/// Threads: one at a time.
class Engine {
public:
    virtual ~Engine() = default;

    /// Hands over what the peer sent, to be unmasked in place. `bytes` must stay valid and
    /// untouched until `poll_event` has returned std::nullopt; by then the engine has kept what it
    /// needs, or, when `set_reading` has stopped it, `take_unread` gives the rest.
    virtual void receive(MutableBytes bytes, Instant now) = 0;
    /// The bytes of `receive` that were not read, because reading was stopped: hand them over again
    /// when reading resumes. This bounds what a paused connection holds: inflated bytes may be a
    /// thousand times as many. Empty when the engine has read all of them.
    [[nodiscard]] virtual MutableBytes take_unread() { return {}; }
    /// The stream ended; `error` is empty when it ended in order.
    virtual void receive_end(std::error_code error, Instant now) = 0;
    /// The next event, in order; std::nullopt when there is none yet.
    [[nodiscard]] virtual std::optional<Event> poll_event() = 0;
    /// The next event, if it is a message that this shorter way can give. After std::nullopt, ask
    /// `poll_event`: it gives all events.
    [[nodiscard]] virtual std::optional<MessageReceived> poll_message() { return std::nullopt; }

    /// Returns how many bytes wait in `poll_transmit` then. Over `max_buffered_bytes` it is
    /// `queue_full`; `ConnectionOptions::overflow` is left to the caller, who knows the time.
    [[nodiscard]] virtual std::expected<std::size_t, UsageError> send_message(
        MessageType type, Bytes payload, SendOptions options) = 0;
    /// The same, but a large payload may stay where it is: `poll_transmit` and `transmitted` must
    /// be next, before anything else is called and while the payload is there. What the stream did
    /// not take is copied then.
    [[nodiscard]] virtual std::expected<std::size_t, UsageError> send_in_place(
        MessageType type, Bytes payload, SendOptions options) {
        return send_message(type, payload, options);
    }
    /// Sends a message in parts: the first call begins it, `last` ends it. Other messages cannot be
    /// sent meanwhile; control frames can.
    [[nodiscard]] virtual std::expected<void, UsageError> send_part(MessageType type, Bytes payload,
                                                                    bool last,
                                                                    SendOptions options) = 0;
    [[nodiscard]] virtual std::expected<void, UsageError> send_ping(Bytes payload, Instant now) = 0;
    [[nodiscard]] virtual std::expected<void, UsageError> send_pong(Bytes payload) = 0;
    /// Begins the closing handshake: the Close is sent after what is queued.
    [[nodiscard]] virtual std::expected<void, UsageError> close(CloseCode code,
                                                                std::string_view reason,
                                                                Instant now) = 0;
    /// Gives up at once: drops what is queued, queues a Close with `code` and reports `Closed` with
    /// `error`. Without effect when the end was reported already.
    virtual void fail(CloseCode code, std::error_code error, Instant now) = 0;

    /// What to write to the stream next, in this order; empty pieces at the end. Valid until the
    /// next call.
    using Pieces = std::array<Bytes, 3>;
    [[nodiscard]] virtual Pieces poll_transmit() = 0;
    /// The stream took the first `count` bytes of `poll_transmit`. Returns how many wait now.
    virtual std::size_t transmitted(std::size_t count) = 0;
    /// Bytes that wait in `poll_transmit`.
    [[nodiscard]] virtual std::size_t buffered_bytes() const = 0;
    /// How many of them are control frames that overtake data. All others go out in the order in
    /// which they were queued.
    [[nodiscard]] virtual std::size_t overtaking_bytes() const { return 0; }

    /// Lends the engine memory for output while a batch runs, so that a connection that waits owns
    /// none. `take_output_memory` gives it back, emptied: what is left is copied. An engine that
    /// rests may keep it for its next connection.
    virtual void lend_output_memory(Buffer memory) = 0;
    [[nodiscard]] virtual Buffer take_output_memory() = 0;

    /// The application stops or resumes reading (backpressure): while it does not read, silence of
    /// the peer proves nothing, it hears a Pong now and then (`Keepalive`), and `poll_event` gives
    /// only events that do not come from the peer; an engine without `take_unread` may still give
    /// those of the last `receive`.
    virtual void set_reading(bool reading, Instant now) = 0;

    /// When to call `handle_timeout` next, if ever. May become later without notice (the peer was
    /// heard): a call that comes too early does nothing. Includes `close_deadline` until `ended()`;
    /// from then on there is none, and the rest of that time is the caller's to watch.
    [[nodiscard]] virtual std::optional<Instant> next_timeout() const = 0;
    virtual void handle_timeout(Instant now) = 0;
    /// The peer has just taken some of what was sent before the last Ping, and so cannot have
    /// answered that: its time for an answer begins anew.
    virtual void wait_on(Instant) {}

    /// Whether commands that send data are still accepted.
    [[nodiscard]] virtual bool open() const = 0;
    /// The end was reported: flush, then shut the stream down. A client first waits for the server
    /// to do so when the closing handshake was clean (RFC 6455 section 7.1.1), until
    /// `close_deadline`.
    [[nodiscard]] virtual bool ended() const = 0;
    /// The moment at which the stream is to be dropped, whatever still waits. Set once closing
    /// began.
    [[nodiscard]] virtual std::optional<Instant> close_deadline() const = 0;

    /// The whole state of a connection on which nothing is under way.
    struct Rest {
        Instant heard_at;                     ///< When the peer was last heard.
        std::optional<Instant> next_timeout;  ///< As `next_timeout()`.
    };
    /// Set when nothing is under way and the connection is open. The engine may then leave it and
    /// go on with another one that was set up in the same way: `resume`. So idle connections need
    /// no engine.
    [[nodiscard]] virtual std::optional<Rest> at_rest() const { return std::nullopt; }
    /// Goes on with a connection whose peer was last heard at `heard_at`. Only an engine at rest.
    virtual void resume(Instant heard_at);
};

/// Makes an engine.
using EngineFactory = std::unique_ptr<Engine> (*)(const EngineSetup& setup);

/// What an engine cannot do is known before the handshake, so that it is refused there.
struct EngineKind {
    std::string_view name;
    EngineFactory make;
    bool compression;  ///< Can speak permessage-deflate: otherwise it is neither offered nor
                       ///< accepted.
    bool streaming;    ///< Can deliver `Delivery::streamed`.
};

/// tautline's own engine, and what the options of clients and servers have for a default: can do
/// everything.
[[nodiscard]] const EngineKind& native_engine();

}  // namespace tautline::websocket
