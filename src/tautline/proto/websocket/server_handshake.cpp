// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/server_handshake.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <tautline/proto/http/authority.hpp>
#include <tautline/proto/http/extension_list.hpp>
#include <tautline/proto/http/origin.hpp>
#include <tautline/proto/http/token_grammar.hpp>
#include <tautline/proto/websocket/extra_fields.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/proto/websocket/subprotocol.hpp>

namespace tautline::websocket {

namespace {

using Check = std::optional<Refused> (*)(const http::RequestHead& request);

// The application's own fields cannot be sent. The peer learns no more than that.
Refused broken_setup() { return reject(500, {}, "The server is not set up correctly.\n"); }

std::optional<Refused> check_method(const http::RequestHead& request) {
    if (request.method == "GET") return std::nullopt;
    return reject(405, {{"Allow", "GET"}}, "WebSocket needs the method GET.\n");
}

std::optional<Refused> check_target(const http::RequestHead& request) {
    const std::string_view target = request.target;
    const bool visible =
        std::ranges::all_of(target, [](char byte) { return byte > ' ' && byte < '\x7f'; });
    // RFC 6455 section 4.1 allows a path, and an absolute URI that a server need not serve. Section
    // 3: never a fragment.
    if (target.starts_with('/') && visible && !target.contains('#')) return std::nullopt;
    return reject(400, {}, "The request target must be a path without a fragment.\n");
}

std::optional<Refused> check_host(const http::RequestHead& request) {
    // RFC 9112 section 3.2: no Host, two of them or a bad one is a bad request.
    if (http::read_host(request, false)) return std::nullopt;
    return reject(400, {}, "The request needs exactly one valid Host field.\n");
}

std::optional<Refused> check_upgrade(const http::RequestHead& request) {
    if (is_upgrade_request(request)) return std::nullopt;
    return upgrade_required();
}

std::optional<Refused> check_connection(const http::RequestHead& request) {
    if (request.fields.has_token("Connection", "upgrade")) return std::nullopt;
    return reject(400, {}, "The request needs Connection: Upgrade.\n");
}

std::optional<Refused> check_websocket_version(const http::RequestHead& request) {
    // RFC 6455 section 4.2.2: any other version is answered with the one that we speak.
    if (request.fields.combined("Sec-WebSocket-Version") == "13") return std::nullopt;
    return upgrade_required("The request needs Sec-WebSocket-Version: 13.\n");
}

std::optional<Refused> check_key(const http::RequestHead& request) {
    // Two keys joined by a comma are no base64.
    if (is_handshake_key(request.fields.combined("Sec-WebSocket-Key"))) return std::nullopt;
    return reject(400, {},
                  "The request needs exactly one Sec-WebSocket-Key: 16 bytes in base64.\n");
}

std::optional<Refused> check_body(const http::RequestHead& request) {
    const http::FieldList& fields = request.fields;
    const bool has_length =
        fields.has("Content-Length") && fields.combined("Content-Length") != "0";
    // The bytes of a body must never be read as frames or as another request.
    if (!has_length && !fields.has("Transfer-Encoding")) return std::nullopt;
    return reject(400, {}, "A WebSocket request has no body.\n");
}

std::optional<Refused> check_connect(const http::RequestHead& request) {
    if (request.method == "CONNECT") return std::nullopt;
    return reject(405, {{"Allow", "CONNECT"}}, "WebSocket over HTTP/2 needs the method CONNECT.\n");
}

constexpr std::array<Check, 8> kUpgradeChecks{check_method,     check_target,
                                              check_host,       check_upgrade,
                                              check_connection, check_websocket_version,
                                              check_key,        check_body};

// RFC 8441 section 5: neither Upgrade nor Connection nor a key; the frame layer knows the length.
constexpr std::array<Check, 4> kConnectChecks{check_connect, check_target, check_host,
                                              check_websocket_version};

std::span<const Check> checks_for(HandshakeForm form) {
    if (form == HandshakeForm::extended_connect) return kConnectChecks;
    return kUpgradeChecks;
}

bool is_usable(const ServerPolicy& policy) {
    return !problem_with(policy.extra_fields) &&
           are_subprotocols({policy.subprotocols.begin(), policy.subprotocols.end()}) &&
           (!policy.compression || deflate::is_usable(*policy.compression));
}

std::expected<std::string, Refused> agree_on_subprotocol(const http::RequestHead& request,
                                                         const ServerPolicy& policy) {
    const std::string_view name = "Sec-WebSocket-Protocol";
    if (!request.fields.has(name)) return std::string();
    const std::string field = request.fields.combined(name);
    const auto offered = http::split_list(field);
    if (offered.size() > kMostSubprotocols) {
        return std::unexpected(reject(400, {}, "The request offers too many subprotocols.\n"));
    }
    // RFC 6455 sections 4.1 and 4.3: one token or more, each of them once.
    if (offered.empty() || !are_subprotocols(offered)) {
        return std::unexpected(reject(400, {}, "Sec-WebSocket-Protocol is malformed.\n"));
    }
    return choose_subprotocol(policy.subprotocols, offered);
}

std::expected<std::optional<deflate::Answer>, Refused> agree_on_extensions(
    const http::RequestHead& request, const ServerPolicy& policy) {
    const std::string_view name = "Sec-WebSocket-Extensions";
    if (!request.fields.has(name)) return std::nullopt;
    const std::string field = request.fields.combined(name);
    // RFC 6455 section 9.1: a malformed field fails the handshake. RFC 7692 section 5.1: a
    // well-formed offer that makes no sense is only declined.
    if (!http::read_extension_list(field)) {
        return std::unexpected(reject(400, {}, "Sec-WebSocket-Extensions is malformed.\n"));
    }
    if (!policy.compression) return std::nullopt;
    return deflate::accept_offer(field, *policy.compression);
}

// RFC 6455 section 4.2.2, RFC 8441 section 5.
http::ResponseHead answer_for(const http::RequestHead& request, HandshakeForm form) {
    if (form == HandshakeForm::extended_connect) return {.status = 200, .reason = {}, .fields = {}};
    http::ResponseHead response{.status = 101, .reason = {}, .fields = {}};
    response.fields.add("Upgrade", "websocket");
    response.fields.add("Connection", "Upgrade");
    response.fields.add("Sec-WebSocket-Accept",
                        handshake_accept_for(request.fields.combined("Sec-WebSocket-Key")));
    return response;
}

Accepted agree(http::ResponseHead response, std::string subprotocol,
               const std::optional<deflate::Answer>& compression) {
    Accepted accepted{.response = std::move(response), .agreement = {}};
    http::FieldList& fields = accepted.response.fields;
    if (!subprotocol.empty()) fields.add("Sec-WebSocket-Protocol", subprotocol);
    if (compression) {
        fields.add("Sec-WebSocket-Extensions", compression->field_value);
        accepted.agreement.compression = compression->parameters;
    }
    accepted.agreement.subprotocol = std::move(subprotocol);
    return accepted;
}

bool may_be_sent(const http::FieldList& fields) {
    return std::ranges::all_of(fields, [](const http::FieldList::Field& field) {
        return http::is_field_name(field.first) && http::is_field_value(field.second);
    });
}

}  // namespace

bool is_upgrade_request(const http::RequestHead& request) {
    // RFC 9110 section 7.8: a server ignores an Upgrade in HTTP/1.0.
    return !request.is_http10() && request.fields.has_token("Upgrade", "websocket");
}

std::expected<Accepted, Refused> accept(const http::RequestHead& request,
                                        const ServerPolicy& policy, HandshakeForm form) {
    if (!is_usable(policy)) return std::unexpected(broken_setup());
    for (const Check check : checks_for(form)) {
        if (auto refused = check(request)) return std::unexpected(*std::move(refused));
    }
    auto subprotocol = agree_on_subprotocol(request, policy);
    if (!subprotocol) return std::unexpected(std::move(subprotocol).error());
    const auto compression = agree_on_extensions(request, policy);
    if (!compression) return std::unexpected(compression.error());
    Accepted accepted = agree(answer_for(request, form), *std::move(subprotocol), *compression);
    for (const auto& [name, value] : policy.extra_fields) accepted.response.fields.add(name, value);
    return accepted;
}

// RFC 9110 section 15.5.22: a 426 says what to upgrade to, and section 7.8 wants Connection to name
// every Upgrade field. RFC 6455 section 4.4: the answer names the version that we speak.
Refused upgrade_required(std::string body) {
    Refused refused = reject(426, {}, std::move(body));
    refused.response.fields.set("Connection", "close, Upgrade");
    refused.response.fields.add("Upgrade", "websocket");
    refused.response.fields.add("Sec-WebSocket-Version", "13");
    return refused;
}

Refused reject(int status, http::FieldList fields, std::string body) {
    if (status < 200 || status > 599 || !may_be_sent(fields)) return broken_setup();
    Refused refused{.response = {.status = status, .reason = {}, .fields = std::move(fields)},
                    .body = std::move(body)};
    http::FieldList& sent = refused.response.fields;
    sent.set("Connection", "close");
    sent.remove("Transfer-Encoding");
    sent.remove("Content-Length");
    // RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5: these have no content. A 205 says so, for its
    // end could not be found otherwise (RFC 9112 section 6.3); the others have no field about it.
    if (status == 204 || status == 205 || status == 304) {
        refused.body.clear();
        if (status == 205) sent.add("Content-Length", "0");
        return refused;
    }
    if (refused.body.empty()) {
        refused.body = std::to_string(status) + " ";
        refused.body.append(http::reason_phrase_for(status)).append("\n");
    }
    if (!sent.has("Content-Type")) sent.add("Content-Type", "text/plain; charset=utf-8");
    sent.add("Content-Length", std::to_string(refused.body.size()));
    return refused;
}

bool is_same_origin(const http::RequestHead& request, bool secure) {
    const http::FieldList& fields = request.fields;
    // RFC 6455 section 10.2: programs other than browsers send no Origin, and can forge any.
    if (!fields.has("Origin")) return true;
    if (fields.count("Origin") > 1) return false;
    const auto ours = http::read_host(request, secure);
    const auto theirs = http::normal_origin(fields.combined("Origin"));
    return ours && theirs && theirs == http::normal_origin(ours->origin());
}

}  // namespace tautline::websocket
