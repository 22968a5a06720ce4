// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/proto/proxy/credentials.hpp>

namespace tautline::proxy {

/// How to talk to a proxy.
enum class Scheme : std::uint8_t {
    http,     ///< CONNECT.
    https,    ///< CONNECT inside of TLS.
    socks5,   ///< The name of the target is resolved here.
    socks5h,  ///< The name of the target is sent to the proxy.
};
/// "http", "https", "socks5", "socks5h".
[[nodiscard]] std::string_view name_for(Scheme scheme);

enum class ProxyUrlError : std::uint8_t {
    scheme_unsupported,  ///< Not http, https, socks5 or socks5h.
    socks4_unsupported,  ///< socks, socks4 or socks4a.
    userinfo_invalid,    ///< Blanks, a bad '%', a second '@', or what no proxy protocol can carry.
    host_missing,
    host_invalid,
    port_invalid,      ///< Not a number from 1 to 65535.
    path_unsupported,  ///< A Unix socket, in curl's way: socks5h://localhost/path.
    too_long,          ///< More than 4,096 bytes.
};

/// Says what is wrong and how to write it right, in a sentence. Quotes nothing of the URL.
[[nodiscard]] std::string_view message_for(ProxyUrlError error);

/// Where a proxy is and how to talk to it.
struct ProxyUrl {
    Scheme scheme = Scheme::http;
    std::string host;  ///< Lower case; IPv6 without brackets.
    std::uint16_t port = 1080;
    std::optional<Credentials> credentials = std::nullopt;

    /// "http://proxy.example:3128", always with the port and never with the credentials.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const ProxyUrl&, const ProxyUrl&) = default;
};

/// Reads "socks5h://user:password@host:port" as curl does: without a scheme it is http, without a
/// port 1080, but 443 for https; path, query and fragment are ignored. Stricter than curl: both
/// slashes must be there, "%" must be followed by two hexadecimal digits, port 0 is none.
[[nodiscard]] std::expected<ProxyUrl, ProxyUrlError> parse_proxy_url(std::string_view text);

}  // namespace tautline::proxy
