// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/proto/h2/options.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/server/upgrade.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline {

namespace observe {
class Observer;
}

/// Where a server listens: at one address.
struct ListenOptions {
    /// Address to bind, with or without the brackets of IPv6; "0.0.0.0" or "::" for everybody. A
    /// name stands for the first of its addresses that this machine has, and for no other one:
    /// "localhost" may be ::1 or 127.0.0.1.
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: the system chooses; the result of `listen` says it.
    /// A Unix socket instead, without TLS. Replaced if it is a dead socket.
    std::string unix_path = {};
    /// A socket that listens already instead, TCP or Unix: one of systemd, or of a program that
    /// this one takes over from. The server's from when `listen` succeeds, and until then yours.
    /// The file of a Unix socket is left alone.
    std::optional<int> descriptor = std::nullopt;
    std::optional<TlsServerOptions> tls = std::nullopt;
    int backlog = 1024;  ///< Connections that wait to be accepted. Not of a `descriptor`.
};

/// What holds for the whole server.
struct ServerOptions {
    /// Threads that serve, at least 1; each runs its own loop and connections stay where they were
    /// accepted.
    unsigned threads = 1;
    /// From the accept to the complete head of the first request, TLS included; of a later request
    /// from its first byte. This and the timeouts below: more than nothing, a year at most.
    Duration handshake_timeout = std::chrono::seconds(10);
    /// That a connection may stay open between requests; over HTTP/2 without a stream.
    Duration idle_timeout = std::chrono::seconds(10);
    /// That `on_upgrade` may take to decide. Then the request is refused with 503.
    Duration decision_timeout = std::chrono::seconds(10);
    /// That an answer may take to go out, and a second more for each 16 KiB of it.
    Duration answer_timeout = std::chrono::seconds(10);
    http::HeadLimits head_limits = {};
    /// Connections open at once over all threads, at least 1; further ones wait in the backlog.
    /// Each WebSocket on HTTP/2 counts as one, with its connection; further ones are refused with
    /// 503.
    std::size_t max_connections = 100'000;
    /// Of those, with one address of IPv4 or one network of IPv6 (/64): further ones are dropped
    /// when they come; WebSockets on HTTP/2, which count as above, are refused with 503. 0: as many
    /// as like, as behind a proxy, whose address all have.
    std::size_t max_connections_per_address = 0;
    /// Asked with the peer's address and port before anything is read, "192.0.2.1:50000"; false
    /// drops the connection. Empty: admits all. Called on the threads that serve.
    std::function<bool(const std::string& peer_address)> admit = {};
    /// Serves HTTP/2 on the same ports: agreed in TLS, or begun by the client in plain text (h2c).
    /// Empty: HTTP/1.1 only, as in a build without HTTP/2.
    std::optional<h2::Options> http2 = h2::Options();
    std::shared_ptr<observe::Observer> observer = nullptr;
};

/// How one WebSocket route behaves.
struct RouteOptions {
    std::vector<std::string> subprotocols = {};  ///< In the server's order of preference.
    /// Browsers send Origin. By default it must be the server's own; requests without Origin are
    /// welcome. Exactly these further origins are accepted, e.g. "https://example.org", or "null":
    /// scheme, host and perhaps a port, whose default may be left out. Behind a
    /// proxy that ends TLS, list the origin that browsers see: here the request comes without TLS.
    std::vector<std::string> allowed_origins = {};
    /// Accepts pages of any origin: they then act with the cookies of whoever visits them.
    bool allow_any_origin = false;
    /// When set, decides on each request: call `accept` or `reject` on it, at once or later.
    std::function<void(UpgradeRequest)> on_upgrade = {};
    /// Limits, heartbeat, backpressure. Compression is off unless set here.
    ConnectionOptions connection = {};
    const websocket::EngineKind* engine = &websocket::native_engine();
};

}  // namespace tautline
