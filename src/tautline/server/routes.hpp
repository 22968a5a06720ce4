// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>
#include <tautline/server/response.hpp>
#include <tautline/server/router.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/peer.hpp>

namespace tautline::server {

using HttpHandler = std::function<Response(const Request&)>;

/// Where WebSockets are served.
struct WebSocketRoute {
    Handlers handlers;
    RouteOptions options;
};

/// A plain request for a handler of the application.
struct PlainCall {
    const HttpHandler* handler;
    Parameters parameters;
};

/// A request for a WebSocket that passed every check.
struct UpgradeCall {
    std::shared_ptr<const WebSocketRoute> route;
    Parameters parameters;
    websocket::Accepted accepted;  ///< Without the application's fields.
    PeerData data = {};            ///< Of the application, for the `Peer`.
};

/// What to do with a request: answer it (`Response`), answer it and close the connection
/// (`Refused`), or call the application.
using Dispatch = std::variant<Response, websocket::Refused, PlainCall, UpgradeCall>;

/// The routes of a server, and what becomes of a request.
///
///     the path has         plain GET, HEAD      other method      asks for a WebSocket
///     a handler            the handler          405               404
///     a WebSocket          426 (HTTP/2: 405)    405               the WebSocket
///     both                 the handler          405               the WebSocket
///     neither              404                  404               404
///
/// It asks for a WebSocket by Upgrade, or by an extended CONNECT; what is wrong with its handshake
/// is answered then: another method with 405 (see `websocket::accept`). HTTP/1.0 cannot ask: its
/// Upgrade is ignored.
///
/// Before that: 400 for a target that is no path, for a Host (or `:authority`) that is missing,
/// there twice, empty or no host, for a Content-Length that is no number, for a Transfer-Encoding
/// that does not end in chunked (501: there is another coding before it), and for a parameter that
/// is badly encoded. Only HTTP/1.0 may come without a Host. A request with a body is never given to
/// a handler (413), and never leaves the connection open: its body must not be read as another
/// request. A page of a foreign origin gets 403 without a question to the application.
/// Lifetime: `PlainCall` refers to the routes.
/// Threads: one at a time to add, any number to dispatch.
class Routes {
public:
    /// Says why a pattern cannot be added, as `Router::problem_with`; empty when it can.
    [[nodiscard]] std::string problem_with_websocket(std::string_view pattern) const {
        return websocket_paths_.problem_with(pattern);
    }
    [[nodiscard]] std::string problem_with_get(std::string_view pattern) const {
        return get_paths_.problem_with(pattern);
    }
    /// Options, handlers and patterns with a problem are contract errors.
    void add_websocket(std::string_view pattern, Handlers handlers, RouteOptions options);
    void add_get(std::string_view pattern, HttpHandler handler);

    /// `secure` says that the request came over TLS: the server's own origin depends on it. `form`
    /// says that the request is an extended CONNECT for a WebSocket, `more` that something follows
    /// the head: a body, unless a field says that it is empty.
    [[nodiscard]] Dispatch dispatch(
        const http::RequestHead& request, bool secure,
        websocket::HandshakeForm form = websocket::HandshakeForm::upgrade, bool more = false) const;

private:
    [[nodiscard]] bool means_upgrade(const http::RequestHead& request) const;
    [[nodiscard]] Dispatch dispatch_upgrade(const http::RequestHead& request, bool secure,
                                            websocket::HandshakeForm form) const;
    [[nodiscard]] Dispatch dispatch_plain(const http::RequestHead& request, bool more) const;

    Router websocket_paths_;
    Router get_paths_;
    std::vector<std::shared_ptr<const WebSocketRoute>> websockets_;
    std::vector<HttpHandler> gets_;
};

/// What a route is willing to agree on, `fields` being added to its 101.
[[nodiscard]] websocket::ServerPolicy policy_for(const RouteOptions& options,
                                                 http::FieldList fields = {});

/// Whether the connection may carry another request after this one (RFC 9112 section 9.3).
[[nodiscard]] bool persists(const http::RequestHead& request);

}  // namespace tautline::server
