// SPDX-License-Identifier: MIT
#include <tautline/server/routes.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/proto/http/authority.hpp>
#include <tautline/proto/http/origin.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::server {

namespace {

using http::RequestHead;
using websocket::Refused;

enum class Body : std::uint8_t { none, present, unknown_coding, malformed };

// RFC 9112 section 6.3: only chunked, as the last coding, says where the body of a request ends.
Body body_of_codings(std::string_view list) {
    const auto codings = http::split_list(list);
    if (codings.empty() || !equal_ignoring_case(codings.back(), "chunked")) return Body::malformed;
    return codings.size() == 1 ? Body::present : Body::unknown_coding;
}

// RFC 9112 section 6.3: two parties that disagree on where a body ends disagree on where the next
// request begins (request smuggling).
Body body_of(const RequestHead& request, bool more = false) {
    const http::FieldList& fields = request.fields;
    const bool coded = fields.has("Transfer-Encoding");
    if (!fields.has("Content-Length")) {
        if (coded) return body_of_codings(fields.combined("Transfer-Encoding"));
        return more ? Body::present : Body::none;
    }
    const std::string length = fields.combined("Content-Length");
    if (coded || length.empty() || !std::ranges::all_of(length, is_digit)) return Body::malformed;
    return std::ranges::all_of(length, [](char c) { return c == '0'; }) ? Body::none
                                                                        : Body::present;
}

// RFC 9112 section 3.2, RFC 9113 section 8.3.1: none, two or an invalid one is answered with 400;
// HTTP/1.0 did without. An empty one too: a client sends it for a URL without a host (RFC 9110
// section 7.2), which no URL of http or https is (section 4.2.1), and there is no default to put in
// its place (RFC 9112 section 3.3).
bool has_good_host(const RequestHead& request) {
    if (request.is_http10() && !request.fields.has("Host")) return true;
    return request.fields.count("Host") == 1 && http::is_host_value(*request.fields.find("Host"));
}

std::optional<Refused> check_head(const RequestHead& request) {
    if (!has_good_host(request)) {
        return websocket::reject(400, {}, "The request needs exactly one valid Host field.\n");
    }
    // Of HTTP/1.1 such a head was refused before; HTTP/2 lets bytes above 0x7f through.
    const bool readable = http::is_request_target(request.target);
    if (!readable || !request.target.starts_with('/') || request.target.contains('#')) {
        return websocket::reject(400, {}, "The request target must be a path.\n");
    }
    const Body body = body_of(request);
    if (body == Body::malformed) {
        return websocket::reject(400, {}, "The length of the body is not clear.\n");
    }
    // RFC 9112 section 6.1.
    if (body == Body::unknown_coding) {
        return websocket::reject(501, {}, "No transfer coding is known but chunked.\n");
    }
    return std::nullopt;
}

struct Problem {
    int status;
    std::string_view text;
};

Problem problem_for(Router::Miss miss) {
    if (miss == Router::Miss::not_found) return {404, "Not found.\n"};
    return {400, "The path has a '%' without two hexadecimal digits.\n"};
}

Response response_for(Problem problem) {
    return Response::text(std::string(problem.text), problem.status);
}

// What follows a request for a WebSocket may be frames: read no other request from this connection.
Refused refusal_for(Problem problem) {
    return websocket::reject(problem.status, {}, std::string(problem.text));
}

bool is_get_or_head(const RequestHead& request) {
    return request.method == "GET" || request.method == "HEAD";
}

// RFC 9110 section 9.3.2: HEAD is answered as GET would be. HTTP/1.0 is no reason to say something
// else (section 15.6.6: a 505 is about the major version).
Refused refusal_of_plain(const RequestHead& request) {
    // RFC 9113 section 8.6: HTTP/2 has no upgrade. RFC 8441 section 5: a CONNECT takes its place.
    if (request.version_major == 2) {
        return websocket::reject(405, {{"Allow", "CONNECT"}},
                                 "A WebSocket over HTTP/2 needs an extended CONNECT.\n");
    }
    if (is_get_or_head(request)) {
        return websocket::upgrade_required();
    }
    return websocket::reject(405, {{"Allow", "GET"}}, "WebSocket needs the method GET.\n");
}

bool origin_is_welcome(const RequestHead& request, const RouteOptions& options, bool secure) {
    if (options.allow_any_origin || websocket::is_same_origin(request, secure)) return true;
    if (request.fields.count("Origin") != 1) return false;
    const auto origin = http::normal_origin(*request.fields.find("Origin"));
    const auto& allowed = options.allowed_origins;
    return origin && std::ranges::find(allowed, *origin) != allowed.end();
}

}  // namespace

websocket::ServerPolicy policy_for(const RouteOptions& options, http::FieldList fields) {
    websocket::ServerPolicy policy{.subprotocols = options.subprotocols,
                                   .extra_fields = std::move(fields)};
    if (options.engine->compression) policy.compression = options.connection.compression;
    return policy;
}

bool persists(const RequestHead& request) {
    return request.version_minor >= 1 && !request.fields.has_token("Connection", "close") &&
           body_of(request) == Body::none;
}

void Routes::add_websocket(std::string_view pattern, Handlers handlers, RouteOptions options) {
    TAUTLINE_ASSERT(options.engine != nullptr);
    TAUTLINE_ASSERT(options.engine->streaming || options.connection.delivery != Delivery::streamed);
    for (std::string& origin : options.allowed_origins) {
        if (auto normal = http::normal_origin(origin)) origin = *std::move(normal);
    }
    websocket_paths_.add(pattern);
    websockets_.push_back(std::make_shared<const WebSocketRoute>(
        WebSocketRoute{std::move(handlers), std::move(options)}));
}

void Routes::add_get(std::string_view pattern, HttpHandler handler) {
    TAUTLINE_ASSERT(handler != nullptr);
    get_paths_.add(pattern);
    gets_.push_back(std::move(handler));
}

Dispatch Routes::dispatch(const RequestHead& request, bool secure, websocket::HandshakeForm form,
                          bool more) const {
    if (auto refused = check_head(request)) return *std::move(refused);
    const bool connect = form == websocket::HandshakeForm::extended_connect;
    if (connect || websocket::is_upgrade_request(request) || means_upgrade(request)) {
        return dispatch_upgrade(request, secure, form);
    }
    return dispatch_plain(request, more);
}

// A handshake whose Upgrade is wrong or missing: a page as the answer would hide that.
bool Routes::means_upgrade(const RequestHead& request) const {
    if (request.version_major != 1 || request.is_http10()) return false;
    return request.fields.has("Sec-WebSocket-Key") &&
           websocket_paths_.find(request.path()).has_value();
}

Dispatch Routes::dispatch_upgrade(const RequestHead& request, bool secure,
                                  websocket::HandshakeForm form) const {
    auto match = websocket_paths_.find(request.path());
    if (!match) return refusal_for(problem_for(match.error()));
    const auto& route = websockets_[match->route];
    auto accepted = websocket::accept(request, policy_for(route->options), form);
    if (!accepted) return std::move(accepted.error());
    // RFC 6455 section 10.2: a browser lets any page connect with the cookies of its visitor.
    if (!origin_is_welcome(request, route->options, secure)) {
        return websocket::reject(403, {}, "This origin is not welcome here.\n");
    }
    return UpgradeCall{route, std::move(match->parameters), *std::move(accepted)};
}

Dispatch Routes::dispatch_plain(const RequestHead& request, bool more) const {
    auto match = get_paths_.find(request.path());
    if (!match && match.error() == Router::Miss::not_found) {
        const auto websocket = websocket_paths_.find(request.path());
        if (!websocket) return response_for(problem_for(websocket.error()));
        return refusal_of_plain(request);
    }
    if (!match) return response_for(problem_for(match.error()));
    if (!is_get_or_head(request)) {
        Response response = Response::text("Only GET and HEAD.\n", 405);
        response.headers.add("Allow", "GET, HEAD");
        return response;
    }
    if (body_of(request, more) == Body::present) {
        return websocket::reject(413, {}, "This request must not have a body.\n");
    }
    return PlainCall{&gets_[match->route], std::move(match->parameters)};
}

}  // namespace tautline::server
