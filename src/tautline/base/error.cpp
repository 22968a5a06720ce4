// SPDX-License-Identifier: MIT
#include <tautline/base/error.hpp>

#include <tautline/base/enum_category.hpp>

namespace tautline {

namespace {

ErrorWords words_for(UsageError error) {
    using enum UsageError;
    switch (error) {
        case closed:
            return {
                "closed",
                "the connection is closing or closed, so nothing more can be sent; connect again"};
        case queue_full:
            return {"queue_full",
                    "too much waits to be sent; send again after on_drain, or raise "
                    "max_buffered_bytes"};
        case text_not_utf8:
            return {"text_not_utf8",
                    "a text message must be UTF-8; send other bytes as a binary message"};
        case close_code_reserved:
            return {
                "close_code_reserved",
                "this close code cannot be sent; use 1000 to 1003, 1007 to 1014 or 3000 to 4999"};
        case close_reason_invalid:
            return {"close_reason_invalid",
                    "a close reason is at most 123 bytes of UTF-8; send other text, or less"};
        case control_too_long:
            return {"control_too_long",
                    "the payload of a Ping or Pong is at most 125 bytes; send more as a message"};
        case message_open:
            return {"message_open",
                    "a message in parts is not finished; send or receive its last part first"};
        case url_invalid:
            return {
                "url_invalid",
                "the URL cannot be used; write it as ws://host:port/path or wss://host:port/path"};
        case header_invalid:
            return {
                "header_invalid",
                "a header has bytes that may not be sent; remove control characters and line ends"};
        case option_invalid:
            return {
                "option_invalid",
                "an option has a value that makes no sense; see its description for its limits"};
        case unsupported:
            return {"unsupported", "this engine or carrier cannot do that; use another one"};
        case cancelled: return {"cancelled", "the operation was cancelled by its owner"};
        case handler_threw:
            return {"handler_threw",
                    "a handler or a hook of the application threw, so its connection ended; catch "
                    "inside it"};
        case too_many_connections:
            return {"too_many_connections",
                    "as many connections are open as the admission limits allow; close one, or "
                    "raise the limits"};
    }
    return kUnknownError;
}

ErrorWords words_for(TransportError error) {
    using enum TransportError;
    switch (error) {
        case resolve_failed:
            return {"resolve_failed",
                    "the host has no address; check its name and the name server"};
        case handshake_timeout:
            return {"handshake_timeout",
                    "the WebSocket was not open in time; check the network, or raise "
                    "handshake_timeout"};
        case tls_failed:
            return {"tls_failed",
                    "the TLS handshake failed; check that this port speaks TLS, and in which "
                    "versions"};
        case certificate_rejected:
            return {"certificate_rejected",
                    "the certificate of the peer is not trusted or not for this host; check the "
                    "name and the certificate authorities"};
        case closed_early:
            return {
                "closed_early",
                "the peer ended the connection without a closing handshake; it may have crashed"};
        case ping_timeout:
            return {"ping_timeout",
                    "the peer did not answer a Ping in time; the network or the peer is gone"};
        case message_timeout:
            return {
                "message_timeout",
                "a message took too long to arrive; check the network, or raise message_timeout"};
        case close_timeout:
            return {
                "close_timeout",
                "the peer did not finish the closing handshake in time; the connection was cut"};
        case slow_consumer:
            return {"slow_consumer",
                    "the peer does not read what is sent to it, or not as fast as it is sent, so "
                    "it was cut off; send less at once"};
        case client_certificate_required:
            return {"client_certificate_required",
                    "the server wants a client certificate that it trusts; give one, and its key"};
    }
    return kUnknownError;
}

ErrorWords words_for(HandshakeError error) {
    using enum HandshakeError;
    switch (error) {
        case rejected:
            return {"rejected", "the server refused the WebSocket; its status and headers say why"};
        case response_malformed:
            return {"response_malformed",
                    "the answer is not HTTP/1.1; check that the port is one of a web server"};
        case response_too_large:
            return {"response_too_large",
                    "the head of the answer is over the limit; check what the server sends"};
        case upgrade_missing:
            return {
                "upgrade_missing",
                "the answer has no \"Upgrade: websocket\"; check the path, and proxies on the way"};
        case connection_missing:
            return {"connection_missing",
                    "the answer has no \"Connection: Upgrade\"; check proxies on the way"};
        case accept_wrong:
            return {"accept_wrong",
                    "Sec-WebSocket-Accept is missing or does not fit the key; this is no WebSocket "
                    "server"};
        case subprotocol_unexpected:
            return {"subprotocol_unexpected",
                    "the server chose a subprotocol that was not offered; offer what it speaks"};
        case extension_unexpected:
            return {"extension_unexpected",
                    "the server chose an extension that was not offered; report it to its owner"};
        case body_unexpected:
            return {"body_unexpected",
                    "the answer 101 announced a body; report it to the owner of the server"};
    }
    return kUnknownError;
}

// Asks a category for a name through `equivalent`: std::error_category has no virtual function for
// names, and its class cannot be asked for without RTTI. The address of its name marks the
// question.
class NameQuestion final : public std::error_category {
public:
    static constexpr char kName[] = "tautline.name_question";

    [[nodiscard]] const char* name() const noexcept override { return kName; }
    [[nodiscard]] std::string message(int) const override { return kName; }

    mutable std::string_view answer;
};

}  // namespace

bool ErrorCategory::equivalent(int value, const std::error_condition& condition) const noexcept {
    if (condition.category().name() != NameQuestion::kName) {
        return std::error_category::equivalent(value, condition);
    }
    static_cast<const NameQuestion&>(condition.category()).answer = name_of(value);
    return true;
}

std::string_view name_for(Phase phase) {
    using enum Phase;
    switch (phase) {
        case usage: return "usage";
        case resolve: return "resolve";
        case connect: return "connect";
        case proxy: return "proxy";
        case tls: return "tls";
        case handshake: return "handshake";
        case session: return "session";
    }
    return "unknown";
}

const std::error_category& usage_category() {
    static const EnumCategory<UsageError> category("tautline.usage", words_for);
    return category;
}

const std::error_category& transport_category() {
    static const EnumCategory<TransportError> category("tautline.transport", words_for);
    return category;
}

const std::error_category& handshake_category() {
    static const EnumCategory<HandshakeError> category("tautline.handshake", words_for);
    return category;
}

std::error_code make_error_code(UsageError error) {
    return {static_cast<int>(error), usage_category()};
}

std::error_code make_error_code(TransportError error) {
    return {static_cast<int>(error), transport_category()};
}

std::error_code make_error_code(HandshakeError error) {
    return {static_cast<int>(error), handshake_category()};
}

std::string name_for(const std::error_code& code) {
    const NameQuestion question;
    if (code == std::error_condition(0, question)) return std::string(question.answer);
    return std::string(code.category().name()) + "." + std::to_string(code.value());
}

Error usage_error(UsageError code, std::string message) {
    const std::error_code error = code;
    return {.code = error,
            .phase = Phase::usage,
            .message = message.empty() ? error.message() : std::move(message)};
}

std::string Error::to_string() const {
    std::string line(name_for(phase));
    if (!endpoint.empty()) line += ": " + endpoint;
    return line + ": " + (message.empty() ? code.message() : message);
}

}  // namespace tautline
