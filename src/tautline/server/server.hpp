// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tautline/base/error.hpp>
#include <tautline/server/response.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/peer.hpp>

namespace tautline {

/// A server for WebSockets and the few plain HTTP answers that go with them, on one port.
///
///     tautline::Server server;
///     server.websocket("/echo", {.on_message = [](auto& peer, auto m) { peer.send(m); }});
///     server.get("/health", [](const auto&) { return tautline::Response::text("ok"); });
///     if (const auto listening = server.listen({.port = 8080}); !listening)
///         return fail(listening.error().to_string());  // such as a port that is in use
///     server.run();
///
/// Routes are matched from the most exact: literal segments before `{parameters}` before a final
/// `{rest...}`. Add them before `run`.
/// Threads: `run` blocks and serves with `ServerOptions::threads` threads; handlers run on them,
/// those of one connection always on the same. `stop`, `adopt`, `reload_certificates` and
/// `connections` may be called from any thread, also from handlers; the rest before `run`.
/// Lifetime: it runs once, and is destroyed, or moved onto, after `run` has returned, and every
/// call of another thread as `stop` and `adopt` too.
class Server {
public:
    explicit Server(ServerOptions options = {});
    ~Server();
    Server(Server&&) noexcept;
    Server& operator=(Server&&) noexcept;

    /// Serves WebSockets at `path`. A plain request for it is answered with 426, unless `get`
    /// serves the path too; a request for a WebSocket where there is none, with 404. Fails in
    /// `listen` and `check`, which tell the first such error with its path, when the pattern is
    /// broken, the same paths are served already, or an option cannot be used. Nothing is served at
    /// `path` then.
    void websocket(std::string_view path, Handlers handlers, RouteOptions options = {});

    using HttpHandler = std::function<Response(const Request&)>;
    /// Answers GET and HEAD at `path`. A handler that throws answers with 500. Requests with a body
    /// are answered with 413 and never reach it. Fails as `websocket`, also with an empty handler.
    void get(std::string_view path, HttpHandler handler);

    struct Endpoint {
        std::string host;
        std::uint16_t port = 0;
        std::string unix_path;
        bool secure = false;
        [[nodiscard]] std::string url() const;  ///< "ws://127.0.0.1:8080/"
    };
    /// Binds and listens; connections wait in the backlog until `run`. May be called more than
    /// once, for several endpoints. Fails when the address, the certificate, an option of the
    /// server, or a route cannot be used; the message says what to do.
    [[nodiscard]] std::expected<Endpoint, Error> listen(const ListenOptions& options);

    /// What `listen` says of options and routes, for a server that only adopts connections.
    [[nodiscard]] std::expected<void, Error> check() const;

    /// Takes over a connection from another HTTP server: the connected socket, the first request
    /// that it read, and the bytes after it. From then on it is a connection like any other, except
    /// that `admit` is not asked. It is closed when the server is full or stops, or fails `check`.
    /// Threads: any.
    void adopt(int connection, http::RequestHead request, Bytes rest = {});

    /// Serves until `stop`, also without an endpoint, and returns when the last connection is gone
    /// or the deadline has passed. An exception that leaves what you posted to a
    /// `WebSocket::executor()` ends the program. Throws `std::system_error`, and serves nothing,
    /// when the system has no thread.
    void run();
    /// Stops accepting, ends connections that are idle or have sent no more than a part of a
    /// request's head, closes every WebSocket with 1001, also those that a coroutine of a route has
    /// opened with `connect` (which fails with `UsageError::cancelled` from then on), lets what is
    /// queued drain for at most `deadline`, then drops the rest. Before `run` it makes `run` return
    /// at once. A second call can only bring the deadline forward. Not for signal handlers, since
    /// it takes locks and memory: let a thread wait with `sigwait` and call it, or use an
    /// `asio::signal_set`.
    void stop(Duration deadline = std::chrono::seconds(10));

    /// Reads certificate and key files of every TLS endpoint again; new connections use them. When
    /// it fails the old ones stay in use.
    std::expected<void, Error> reload_certificates();

    /// Open connections, of any kind, over all threads, as `max_connections` counts them.
    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline
