// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/proto/websocket/handshake_form.hpp>

namespace tautline::websocket {

/// What a server is willing to agree on.
struct ServerPolicy {
    /// In the server's order of preference; the first that the client offers too is chosen.
    std::vector<std::string> subprotocols = {};
    std::optional<deflate::Options> compression = std::nullopt;
    http::FieldList extra_fields = {};  ///< Added to the answer that accepts.
};

/// Whether this request asks for the WebSocket protocol at all: `Upgrade` lists `websocket`, and it
/// is not HTTP/1.0. Such a request is either accepted or refused; any other is plain HTTP.
[[nodiscard]] bool is_upgrade_request(const http::RequestHead& request);

/// The answer to a request that becomes a WebSocket, and what the two sides have agreed on.
struct Accepted {
    http::ResponseHead response;
    Agreement agreement;
};

/// The answer to a request that does not become a WebSocket.
struct Refused {
    http::ResponseHead response;
    std::string body;
};
/// Checks the request and writes the 101 (RFC 6455 section 4.2). A bad request gives the response
/// to refuse it with: 400, 405, or 426 with `Sec-WebSocket-Version: 13`, with a body of one line in
/// `Refused::body` that says what was wrong. Bytes after the request head belong to the engine.
/// `form` says that the request is an extended CONNECT: then `Host` stands for `:authority`, and
/// the answer is 200.
[[nodiscard]] std::expected<Accepted, Refused> accept(const http::RequestHead& request,
                                                      const ServerPolicy& policy,
                                                      HandshakeForm form = HandshakeForm::upgrade);

/// The response to a request that should have asked for a WebSocket: 426, with what to ask for.
[[nodiscard]] Refused upgrade_required(
    std::string body = "A WebSocket needs HTTP/1.1 and Upgrade: websocket.\n");

/// The response to refuse a request with, for reasons of the application's own. An empty body
/// becomes the line of the status; 204, 205 and 304 have none.
[[nodiscard]] Refused reject(int status, http::FieldList fields = {}, std::string body = {});

/// Whether `Origin`, when present, is the origin of the server itself, `secure` giving its scheme
/// (RFC 6455 section 10.2): scheme, host and port must be equal, default ports filled in and
/// addresses of IPv6 however they are spelled. Two Origin fields, or one that is "null" or not an
/// origin, are not.
[[nodiscard]] bool is_same_origin(const http::RequestHead& request, bool secure);

}  // namespace tautline::websocket
