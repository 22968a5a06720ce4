// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

#include <asio/io_context.hpp>

#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline {

/// Opens WebSockets on connections of another HTTP server, on an Asio loop of yours. That server
/// accepts, speaks TLS and reads the request; from there on everything is as with a `Server`: the
/// checks, the 101 or the refusal, and the session. `Server::adopt` does the same on the threads of
/// a `Server`.
///
///     tautline::Handover handover(context);
///     auto added = handover.websocket("/echo", {.on_message = on_message});
///     if (!added) return fail(added.error().to_string());
///     handover.adopt(socket.release(), request, bytes_behind_the_request);
///
/// It uses of the `ServerOptions` the timeouts, the limits of a head, and the observer.
/// Lifetime: destroyed before its io_context; its destructor drops open connections without a
/// Close.
/// Threads: the one that runs the io_context. Not to be destroyed inside a handler, nor by a
/// coroutine that one of its WebSockets has just resumed: post the destruction there.
class Handover {
public:
    explicit Handover(asio::io_context& context, ServerOptions options = {});
    ~Handover();
    Handover(Handover&&) noexcept;
    Handover& operator=(Handover&&) noexcept;

    /// Serves WebSockets at `path`, as `Server::websocket` does. Fails, and serves nothing there,
    /// when the path or an option of the route or of the whole cannot be used; the message says
    /// what to do.
    [[nodiscard]] std::expected<void, Error> websocket(std::string_view path, Handlers handlers,
                                                       RouteOptions options = {});

    /// Takes over a connected socket, the request that was read from it, and the bytes after it.
    void adopt(int connection, http::RequestHead request, Bytes rest = {});
    /// The same with any other stream. Nothing may be reading from it.
    void adopt(std::unique_ptr<transport::ByteStream> stream, http::RequestHead request,
               Bytes rest = {});

    /// Closes every WebSocket with 1001 and opens no more.
    void stop();
    /// Drops what is left.
    void drop();

    /// Connections that were adopted and have not ended, WebSockets or not yet.
    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline
