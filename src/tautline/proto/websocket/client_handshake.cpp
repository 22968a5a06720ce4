// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/client_handshake.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/basic_auth.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/websocket/extra_fields.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/proto/websocket/options_check.hpp>
#include <tautline/proto/websocket/subprotocol.hpp>

namespace tautline::websocket {

namespace {

std::unexpected<Error> misuse(UsageError code, const http::Uri& uri, std::string message) {
    Error error = usage_error(code, std::move(message));
    error.endpoint = uri.endpoint();
    return std::unexpected(std::move(error));
}

std::expected<void, Error> check_options(const ClientOffer& offer) {
    if (offer.subprotocols.size() > kMostSubprotocols) {
        return misuse(UsageError::option_invalid, offer.uri,
                      "more than 32 subprotocols cannot be offered");
    }
    if (!are_subprotocols({offer.subprotocols.begin(), offer.subprotocols.end()})) {
        return misuse(UsageError::option_invalid, offer.uri,
                      "a subprotocol is offered twice, or is not a token; it may have letters, "
                      "digits and !#$%&'*+-.^_`|~ only");
    }
    if (auto problem = problem_with_compression(offer.compression); !problem.empty()) {
        return misuse(UsageError::option_invalid, offer.uri, std::move(problem));
    }
    return {};
}

std::expected<void, Error> check_fields(const ClientOffer& offer) {
    if (auto problem = problem_with(offer.extra_fields)) {
        return misuse(UsageError::header_invalid, offer.uri, *std::move(problem));
    }
    for (const std::string_view name : {"Host", "Origin", "User-Agent", "Authorization"}) {
        if (offer.extra_fields.count(name) > 1) {
            return misuse(UsageError::header_invalid, offer.uri,
                          "the extra header field " + std::string(name) + " is there twice");
        }
    }
    return {};
}

// The application's value of a field, or ours (`otherwise`) when it gave none.
std::string chosen(const ClientOffer& offer, std::string_view name, std::string otherwise) {
    const auto given = offer.extra_fields.find(name);
    return given ? std::string(*given) : std::move(otherwise);
}

bool has_its_own_place(std::string_view name) {
    return equal_ignoring_case(name, "Host") || equal_ignoring_case(name, "User-Agent");
}

void add_extra_fields(const ClientOffer& offer, http::FieldList& fields) {
    for (const auto& [name, value] : offer.extra_fields) {
        if (!has_its_own_place(name)) fields.add(name, value);
    }
    if (offer.uri.has_userinfo && !offer.extra_fields.has("Authorization")) {
        fields.add("Authorization", http::basic_credentials(offer.uri.user, offer.uri.password));
    }
}

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

void add_agreement_fields(const ClientOffer& offer, http::FieldList& fields) {
    if (offer.compression) {
        fields.add("Sec-WebSocket-Extensions", deflate::write_offer(*offer.compression));
    }
    if (!offer.subprotocols.empty()) {
        fields.add("Sec-WebSocket-Protocol", joined(offer.subprotocols));
    }
}

// RFC 6455 section 4.1, in the order in which browsers write it. RFC 8441 section 5 leaves out what
// belongs to one connection of HTTP/1.1.
http::RequestHead build_request(const ClientOffer& offer, const std::string& key,
                                HandshakeForm form) {
    const bool upgrade = form == HandshakeForm::upgrade;
    http::RequestHead request{.method = upgrade ? "GET" : "CONNECT",
                              .target = offer.uri.target,
                              .fields = {},
                              .version_major = upgrade ? 1 : 2};
    http::FieldList& fields = request.fields;
    fields.add("Host", chosen(offer, "Host", offer.uri.host_field()));
    if (upgrade) fields.add("Connection", "Upgrade");
    auto user_agent = chosen(offer, "User-Agent", offer.user_agent);
    if (!user_agent.empty()) fields.add("User-Agent", std::move(user_agent));
    if (upgrade) fields.add("Upgrade", "websocket");
    add_extra_fields(offer, fields);
    fields.add("Sec-WebSocket-Version", "13");
    if (upgrade) fields.add("Sec-WebSocket-Key", key);
    add_agreement_fields(offer, fields);
    return request;
}

std::string_view message_for(deflate::AnswerError error) {
    using enum deflate::AnswerError;
    switch (error) {
        case malformed: return "the server's Sec-WebSocket-Extensions is malformed";
        case not_offered: return "the server chose an extension that was not offered, or one twice";
        case bad_parameter:
            return "the server answered permessage-deflate with a parameter that is unknown, "
                   "repeated, out of range or not as offered";
    }
    std::unreachable();
}

// RFC 9110 section 15.2: no answer of the 1xx class has content.
bool announces_body(const http::FieldList& fields) {
    if (fields.has("Transfer-Encoding")) return true;
    return fields.has("Content-Length") && fields.combined("Content-Length") != "0";
}

}  // namespace

std::expected<ClientHandshake, Error> ClientHandshake::begin(const ClientOffer& offer,
                                                             const std::array<std::byte, 16>& nonce,
                                                             HandshakeForm form) {
    if (auto checked = check_options(offer); !checked) return std::unexpected(checked.error());
    if (auto checked = check_fields(offer); !checked) return std::unexpected(checked.error());
    const std::string key = handshake_key_for(nonce);
    ClientHandshake handshake;
    handshake.form_ = form;
    handshake.request_ = build_request(offer, key, form);
    // Only the writer knows what may be sent: ask it before anything is sent.
    if (const auto written = http::write_head(handshake.request_); !written) {
        return misuse(UsageError::header_invalid, offer.uri,
                      written.error().part + " has bytes that may not be sent");
    }
    handshake.endpoint_ = offer.uri.endpoint();
    handshake.expected_accept_ = handshake_accept_for(key);
    handshake.subprotocols_ = offer.subprotocols;
    handshake.compression_ = offer.compression;
    return handshake;
}

std::expected<Agreement, Error> ClientHandshake::receive(const http::ResponseHead& response) const {
    if (auto error = check_head(response)) return std::unexpected(*std::move(error));
    auto subprotocol = read_subprotocol(response.fields);
    if (!subprotocol) return std::unexpected(std::move(subprotocol).error());
    auto compression = read_extensions(response.fields);
    if (!compression) return std::unexpected(std::move(compression).error());
    return Agreement{.subprotocol = *std::move(subprotocol), .compression = *compression};
}

Error ClientHandshake::failure(HandshakeError code, std::string message) const {
    return {.code = code,
            .phase = Phase::handshake,
            .endpoint = endpoint_,
            .message = std::move(message)};
}

std::optional<Error> ClientHandshake::check_head(const http::ResponseHead& response) const {
    if (form_ == HandshakeForm::extended_connect) {
        if (response.status >= 200 && response.status < 300) return std::nullopt;
        return rejection(response);
    }
    // RFC 6455 section 4.1: anything but 101 is HTTP, for the caller to deal with.
    if (response.status != 101) return rejection(response);
    return check_switch(response);
}

std::optional<Error> ClientHandshake::check_switch(const http::ResponseHead& response) const {
    using enum HandshakeError;
    const http::FieldList& fields = response.fields;
    if (response.version_minor != 1) {
        return failure(response_malformed, "the server switched protocols in HTTP/1.0");
    }
    if (!equal_ignoring_case(fields.combined("Upgrade"), "websocket")) {
        return failure(upgrade_missing, "the server's 101 response lacks Upgrade: websocket");
    }
    if (!fields.has_token("Connection", "upgrade")) {
        return failure(connection_missing, "the server's 101 response lacks Connection: Upgrade");
    }
    // One field, equal byte by byte: two of them joined are longer than one.
    if (fields.combined("Sec-WebSocket-Accept") != expected_accept_) {
        return failure(accept_wrong,
                       "the server's Sec-WebSocket-Accept is missing or does not fit the key; it "
                       "may be no WebSocket server, or a cache has answered");
    }
    if (announces_body(fields)) {
        return failure(body_unexpected, "the server's 101 response announces a body");
    }
    return std::nullopt;
}

Error ClientHandshake::rejection(const http::ResponseHead& response) const {
    const std::string status = std::to_string(response.status);
    const std::string phrase(http::reason_phrase_for(response.status));
    const std::string_view expected =
        form_ == HandshakeForm::upgrade ? " instead of 101 Switching Protocols" : " instead of 200";
    Error error = failure(HandshakeError::rejected, "the server answered " + status +
                                                        (phrase.empty() ? "" : " " + phrase) +
                                                        std::string(expected));
    error.refusal = std::make_shared<const Refusal>(
        Refusal{.status = response.status,
                .reason = response.reason,
                .headers = {response.fields.begin(), response.fields.end()},
                .body = {}});
    return error;
}

std::expected<std::string, Error> ClientHandshake::read_subprotocol(
    const http::FieldList& fields) const {
    const std::string_view name = "Sec-WebSocket-Protocol";
    if (!fields.has(name)) return std::string();
    // RFC 6455 section 4.1: at most one, and among those that were offered; an empty one or a list
    // is none of them.
    std::string chosen = fields.combined(name);
    if (std::ranges::find(subprotocols_, chosen) == subprotocols_.end()) {
        return std::unexpected(
            failure(HandshakeError::subprotocol_unexpected,
                    subprotocols_.empty()
                        ? "the server chose a subprotocol though none was offered"
                        : "the server chose a subprotocol that was not offered, or several"));
    }
    return chosen;
}

std::expected<std::optional<deflate::Parameters>, Error> ClientHandshake::read_extensions(
    const http::FieldList& fields) const {
    const std::string_view name = "Sec-WebSocket-Extensions";
    if (!fields.has(name)) return std::nullopt;
    if (!compression_) {
        return std::unexpected(failure(HandshakeError::extension_unexpected,
                                       "the server chose an extension though none was offered"));
    }
    const std::string field = fields.combined(name);
    const auto answer = deflate::read_answer(field, *compression_);
    if (answer && *answer) return answer.value();
    const auto error = answer ? deflate::AnswerError::malformed : answer.error();
    return std::unexpected(
        failure(HandshakeError::extension_unexpected, std::string(message_for(error))));
}

}  // namespace tautline::websocket
