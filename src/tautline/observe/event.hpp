// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <variant>

#include <tautline/base/error.hpp>
#include <tautline/base/strong_id.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/output.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::observe {

// What happens on the way to a connection and on it. Views are valid during the call. Nothing in
// here is secret but the fields of the handshake: redact Authorization and Cookie before you log
// them.

struct CallStarted {
    std::string_view url;  ///< Without userinfo and query.
};
struct QueryAnswered {
    const eyeballs::SendQuery& query;
    const eyeballs::Answer& answer;
};
/// What the race decided: queries, attempts, sessions, the winner, what was given up.
struct RaceStep {
    const eyeballs::Output& output;
};
struct ConnectStarted {
    std::string_view address;
    eyeballs::AttemptId attempt = {};  ///< 1000 n and more: of the race to the proxy of attempt n.
};
struct ConnectEnded {
    std::string_view address;
    std::error_code error;
    eyeballs::AttemptId attempt = {};
};
struct ProxyStarted {
    std::string_view proxy;  ///< Without credentials.
    std::string_view target;
    eyeballs::AttemptId attempt = {};
};
struct ProxyEnded {
    std::string_view proxy;
    const Error* error;  ///< Null: the tunnel is open.
    eyeballs::AttemptId attempt = {};
};
struct TlsStarted {
    std::string_view server_name;
    eyeballs::AttemptId attempt = {};
};
/// Either `info` or `error` is null. A server tells only of handshakes that failed, or that took
/// too long: the endpoint of `error` is then the address of the client.
struct TlsEnded {
    const transport::StreamInfo* info;
    const Error* error;
    eyeballs::AttemptId attempt = {};
};
/// An attempt agreed on HTTP/2: what its peer allows.
struct SettingsReceived {
    bool extended_connect;  ///< WebSockets (RFC 8441 section 3).
    eyeballs::AttemptId attempt = {};
};
/// An attempt failed, and not because it was given up.
struct AttemptFailed {
    const Error& error;
    eyeballs::AttemptId attempt = {};
};
/// A client asks for the WebSocket. Without a race (a Unix socket, an HTTP/2 connection that was
/// open already) `attempt` is 0.
struct RequestSent {
    const http::RequestHead& request;
    eyeballs::AttemptId attempt = {};
};
struct ResponseReceived {
    const http::ResponseHead& response;
    eyeballs::AttemptId attempt = {};  ///< Whose request is answered.
};
/// A server has read the head of a request, for a WebSocket or a plain one.
struct RequestReceived {
    const http::RequestHead& request;
};
/// A server answers: 101, or 2xx over HTTP/2, opens a WebSocket; a refusal may come without a
/// `RequestReceived`, when the head could not be read.
struct ResponseSent {
    const http::ResponseHead& response;
};
/// A handler of a WebSocket, a handler, `on_upgrade` or `admit` of a server, or a hook on the way
/// of a client to its request threw. What comes of that is told behind it, but for what `on_closed`
/// throws: that comes behind `SessionClosed` and changes nothing. Not told is what leaves the
/// coroutine of a WebSocket, and what `on_upgrade` throws behind its answer or its connection.
struct HandlerThrew {
    const std::exception_ptr& exception;  ///< Not null. Copy it to keep what was thrown.
};
/// A server closed a connection of which it has read nothing: the client is told nothing else.
/// Connections that wait for `max_connections` are not refused.
struct ConnectionRefused {
    enum class Reason : std::uint8_t {
        not_admitted,        ///< `ServerOptions::admit` said no, or threw.
        address_limit,       ///< `ServerOptions::max_connections_per_address`.
        connection_limit,    ///< `max_connections`, of one that was handed over by `adopt`.
        out_of_descriptors,  ///< The process or the system has no descriptors left.
    };
    std::string_view peer_address;  ///< "192.0.2.1:50000".
    Reason reason;
};
/// The end of a call that did not open.
struct CallFailed {
    const Error& error;
};
struct Opened {
    std::string_view subprotocol;
    bool compressed;
};
/// A message was queued: once for each, those in parts when their last part is, with all their
/// bytes. The bytes are those of the application, before compression.
struct MessageSent {
    MessageType type;
    std::size_t bytes;
};
/// A message has come: once for each, streamed ones when their last part has come, with all their
/// bytes. One that breaks off is not told.
struct MessageReceived {
    MessageType type;
    std::size_t bytes;
};
/// A Ping was sent, by the application or by the heartbeat.
struct PingSent {
    std::size_t bytes;
};
struct PingReceived {
    std::size_t bytes;
};
/// A Pong was queued. While much waits to be sent, the answer to a later Ping replaces it.
struct PongSent {
    std::size_t bytes;
};
struct PongReceived {
    std::optional<Duration> round_trip;  ///< Set when it answers a Ping of ours.
};
struct ClosingStarted {
    CloseCode code;
    bool by_peer;
};
/// The end of an open connection, exactly once.
struct SessionClosed {
    const Closed& closed;
};

using Event =
    std::variant<CallStarted, QueryAnswered, RaceStep, ConnectStarted, ProxyStarted, ProxyEnded,
                 ConnectEnded, TlsStarted, TlsEnded, SettingsReceived, AttemptFailed, RequestSent,
                 ResponseReceived, RequestReceived, ResponseSent, CallFailed, Opened, MessageSent,
                 MessageReceived, PingSent, PingReceived, PongSent, PongReceived, ClosingStarted,
                 SessionClosed, HandlerThrew, ConnectionRefused>;

/// What an event belongs to: a call of a client, or a request to a server, each with the WebSocket
/// that it opens; or a connection to a server that ended before its first request.
///
/// A call has one id from `CallStarted` to `CallFailed` or `SessionClosed`, for its redirects,
/// attempts and proxies too; a client that reconnects makes a new call each time. A request has one
/// from `RequestReceived` to `ResponseSent` or, when that opens a WebSocket, to `SessionClosed`:
/// each request of a connection has its own, over HTTP/2 too, and so has a refusal without a
/// `RequestReceived`. A connection has one of its own only for the `TlsEnded` or the
/// `ConnectionRefused` that ends it, and for the `HandlerThrew` of its `admit`.
///
/// Units and limits: from 1 on, larger for later ones; unique in the process, over all its clients,
/// servers and threads, and never used again.
using CallId = StrongId<struct CallIdTag>;

/// Whose an event is, and when it happened.
struct Stamp {
    CallId call;
    Instant now;
};

/// Receives every event. Where no observer is set an event costs one comparison.
///
///     void observe(const Event& event, Stamp stamp) override {
///         if (std::holds_alternative<Opened>(event)) opened_[stamp.call] = stamp.now;
///     }
///
/// Whoever keeps something for each id: not every end is told. The connection of a request may
/// break before it is answered or, for a WebSocket, before `Opened`; and nothing is told of what is
/// still open, or being opened, when its `Client`, `Server` or `Handover` is destroyed. When a call
/// is given up inside one of its own hooks, steps of its race may follow its `CallFailed`.
/// An observer may stop what it observes, but not destroy it.
/// Observing changes nothing: what `observe` throws is dropped, and the next event is told as ever.
/// Threads: called on the thread of the connection; one observer may serve many connections, and
/// all events of one call come on one thread.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void observe(const Event& event, Stamp stamp) = 0;
};

}  // namespace tautline::observe
