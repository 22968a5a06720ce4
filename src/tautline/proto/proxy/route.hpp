// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/proxy/proxy_url.hpp>

namespace tautline::proxy {

/// One way to a host: direct, or through a proxy.
struct Route {
    std::optional<ProxyUrl> proxy = std::nullopt;  ///< std::nullopt is DIRECT.

    /// "DIRECT" or the proxy's URL, without credentials.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Route&, const Route&) = default;
};

enum class RouteError : std::uint8_t {
    entry_missing,     ///< The list names no route.
    keyword_unknown,   ///< Not DIRECT, PROXY, HTTP, HTTPS, SOCKS or SOCKS5.
    host_unexpected,   ///< Something after DIRECT.
    too_many_entries,  ///< More than 16.
    proxy_invalid,     ///< A proxy is not "host:port" or a URL.
};

/// Says what is wrong and how to write it right, in a sentence. Quotes nothing of the list.
[[nodiscard]] std::string_view message_for(RouteError error);

/// Reads an ordered list as proxy auto-configuration scripts write it, or with URLs, which may
/// leave "http://" out when there is a port:
///
///     PROXY a:3128; HTTPS b:443; SOCKS5 c:1080; DIRECT
///     http://user:password@a:3128; socks5h://c; d:3128; DIRECT
///
/// SOCKS and SOCKS5 leave the name of the target to the proxy.
[[nodiscard]] std::expected<std::vector<Route>, RouteError> parse_routes(std::string_view text);

/// Whether the same would come of it again: the proxy decided (credentials, its rules), or the call
/// itself cannot be written in its protocol. A `refused` by HTTP depends on its status: no.
[[nodiscard]] bool is_decision(ProxyError error);

/// Whether the next route of a list is worth trying after this one failed with `code`: on the way
/// to the proxy, in TLS with it, or by its answer. A failure inside of the tunnel is the target's.
///
/// It is when the proxy could not be reached or could not reach the target. It is not when a proxy
/// decided (403, 407, wrong credentials or certificate, not allowed), as DIRECT would then go
/// around a rule, nor when the request itself was wrong. `status` is the proxy's HTTP status, 0
/// when it gave none.
[[nodiscard]] bool may_try_next(const std::error_code& code, int status);

}  // namespace tautline::proxy
