// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tautline {

/// Where on the way a connection was when it failed.
enum class Phase : std::uint8_t { usage, resolve, connect, proxy, tls, handshake, session };

/// The stable, machine-readable name of a phase: "resolve", "tls", ...
[[nodiscard]] std::string_view name_for(Phase phase);

/// The call was legal C++ but wrong now. Category "tautline.usage".
enum class UsageError : std::uint8_t {
    closed = 1,            ///< The connection is closing or closed: nothing more can be sent.
    queue_full,            ///< `max_buffered_bytes` or more wait to be sent; try again on drain.
    text_not_utf8,         ///< A text message must be UTF-8 (RFC 6455 section 5.6).
    close_code_reserved,   ///< This close code is never sent (RFC 6455 section 7.4).
    close_reason_invalid,  ///< A close reason is at most 123 bytes of UTF-8, behind a code.
    control_too_long,      ///< The payload of a Ping or Pong is at most 125 bytes.
    message_open,          ///< A message in parts, sent or received, is not finished yet.
    url_invalid,           ///< The URL cannot be used; the message says what is wrong in it.
    header_invalid,        ///< A header name or value has bytes that may not be sent.
    option_invalid,        ///< An option has a value that makes no sense.
    unsupported,           ///< This engine or carrier cannot do that.
    cancelled,             ///< The operation was cancelled by its owner.
    handler_threw,         ///< A handler or hook of the application threw: its connection ended.
    too_many_connections,  ///< The limits of `ClientOptions::admission` allow no further one.
};

/// The connection failed, but no rule was broken: network, TLS, deadlines. Category
/// "tautline.transport". System errors keep their own category.
enum class TransportError : std::uint8_t {
    resolve_failed = 1,    ///< The name has no address, or no name server answered.
    handshake_timeout,     ///< The whole way to an open WebSocket took longer than allowed.
    tls_failed,            ///< The TLS handshake failed.
    certificate_rejected,  ///< The certificate of the peer is not trusted or not for this host.
    closed_early,          ///< The peer ended the stream without a closing handshake.
    ping_timeout,          ///< No sign of life within `pong_timeout` after a Ping.
    message_timeout,       ///< A message took longer than `message_timeout` to arrive.
    close_timeout,         ///< The peer did not finish the closing handshake in time.
    slow_consumer,  ///< The peer did not read what was sent, or not fast enough: the policy is to
                    ///< close.
    client_certificate_required,  ///< The server wants a client certificate, or another one.
};

/// The peer refused the opening handshake, or answered it wrongly. Category "tautline.handshake".
enum class HandshakeError : std::uint8_t {
    rejected = 1,            ///< A status other than 101; `Error::refusal` has the details.
    response_malformed,      ///< Not an HTTP/1.1 response.
    response_too_large,      ///< The response head is over the limit.
    upgrade_missing,         ///< No `Upgrade: websocket`.
    connection_missing,      ///< No `Connection: Upgrade`.
    accept_wrong,            ///< `Sec-WebSocket-Accept` is missing or does not fit the key.
    subprotocol_unexpected,  ///< A subprotocol that was not offered.
    extension_unexpected,    ///< An extension that was not offered, or with wrong parameters.
    body_unexpected,         ///< A 101 response announced a body.
};

[[nodiscard]] const std::error_category& usage_category();
[[nodiscard]] const std::error_category& transport_category();
[[nodiscard]] const std::error_category& handshake_category();
[[nodiscard]] std::error_code make_error_code(UsageError error);
[[nodiscard]] std::error_code make_error_code(TransportError error);
[[nodiscard]] std::error_code make_error_code(HandshakeError error);

/// A category whose errors have stable names: every one of ours, wherever it is defined.
class ErrorCategory : public std::error_category {
public:
    /// "ping_timeout"; "unknown" when `value` is none of the enumerators.
    [[nodiscard]] virtual std::string_view name_of(int value) const noexcept = 0;

    using std::error_category::equivalent;
    /// Serves `name_for`, which sees only the std::error_category of a code.
    [[nodiscard]] bool equivalent(int value,
                                  const std::error_condition& condition) const noexcept override;
};

/// The stable, machine-readable name of an error of ours: "ping_timeout", "accept_wrong", ...
/// Errors of other categories are named "<category>.<value>": "system.111".
[[nodiscard]] std::string name_for(const std::error_code& code);

/// What a server said instead of 101.
struct Refusal {
    int status = 0;
    std::string reason = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};  ///< The first 1,024 bytes of it at most.
};

/// Why something failed: a code to branch on, and the words for a person.
///
/// Holds no secret: no credentials, no query string, no payload.
struct [[nodiscard]] Error {
    std::error_code code;
    Phase phase = Phase::usage;
    /// "example.org:443" or an address; "example.org:443 (192.0.2.1)" where one of the addresses of
    /// a name answered. Empty when there is none.
    std::string endpoint = {};
    std::string message = {};  ///< What happened and what to do, as one sentence or two.
    std::shared_ptr<const Refusal> refusal = nullptr;  ///< What the server said, if not 101.

    /// Everything in a line: "tls: example.org:443: the certificate ...".
    [[nodiscard]] std::string to_string() const;
};

/// An error of phase `usage`. `message` says more than the words of `code`; it may be empty.
[[nodiscard]] Error usage_error(UsageError code, std::string message = {});

}  // namespace tautline

template <>
struct std::is_error_code_enum<tautline::UsageError> : std::true_type {};
template <>
struct std::is_error_code_enum<tautline::TransportError> : std::true_type {};
template <>
struct std::is_error_code_enum<tautline::HandshakeError> : std::true_type {};
