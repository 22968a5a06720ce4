// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

namespace tautline {

/// The proxy refused, or answered wrongly. Category "tautline.proxy".
enum class ProxyError : std::uint8_t {
    refused = 1,                 ///< A status other than 2xx; `Error::refusal` has the details.
    authentication_required,     ///< It asks for credentials, and none were given.
    credentials_rejected,        ///< It did not take the credentials that it got.
    authentication_unsupported,  ///< It takes only schemes that are not spoken here.
    credentials_invalid,         ///< The credentials cannot be written in this protocol.
    target_invalid,              ///< The host to reach cannot be written in this protocol.
    response_malformed,          ///< Not HTTP/1.x, or not SOCKS5.
    response_too_large,          ///< The head of the response is over the limit.
    closed_early,                ///< It ended the stream before the tunnel was open.
    general_failure,             ///< SOCKS5 reply 1 (RFC 1928 section 6), and so on below.
    not_allowed,                 ///< Reply 2: by its rules.
    network_unreachable,         ///< Reply 3.
    host_unreachable,            ///< Reply 4.
    connection_refused,          ///< Reply 5.
    ttl_expired,                 ///< Reply 6.
    command_unsupported,         ///< Reply 7.
    address_type_unsupported,    ///< Reply 8.
    reply_unknown,               ///< A reply that RFC 1928 does not define.
};

[[nodiscard]] const std::error_category& proxy_category();
[[nodiscard]] std::error_code make_error_code(ProxyError error);
/// "proxy_refused", "proxy_credentials_rejected", ...
[[nodiscard]] std::string_view name_for(ProxyError error);
/// What happened and what to do, in a sentence.
[[nodiscard]] std::string_view message_for(ProxyError error);

}  // namespace tautline

template <>
struct std::is_error_code_enum<tautline::ProxyError> : std::true_type {};
