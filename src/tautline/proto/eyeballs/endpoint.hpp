// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/proto/eyeballs/options.hpp>

namespace tautline::eyeballs {

/// What an attempt speaks, in the order in which protocols are dealt. HTTP/2 and HTTP/1.1 share an
/// attempt: ALPN decides.
enum class Protocol : std::uint8_t { http3, http2_or_http1, http2, http1 };

/// The ALPN list of an attempt, best first: {"h2", "http/1.1"}.
[[nodiscard]] std::span<const std::string_view> alpn_for(Protocol protocol);
/// Whether an attempt of `protocol` can end up in `version`.
[[nodiscard]] bool speaks(Protocol protocol, HttpVersion version);
/// "h3", "h2+h1", "h2" or "h1": for traces and logs.
[[nodiscard]] std::string_view name_for(Protocol protocol);
[[nodiscard]] std::string_view name_for(HttpVersion version);
/// The protocols of attempts that cover `versions`, best first.
[[nodiscard]] std::vector<Protocol> protocols_for(const HttpVersions& versions);

/// A name that somebody else resolves.
struct NamedEndpoint {
    std::string host;
    std::uint16_t port = 0;

    /// "example.org:443".
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const NamedEndpoint&, const NamedEndpoint&) = default;
};

using Target = std::variant<IpEndpoint, NamedEndpoint>;

/// "[2001:db8::1]:443" or "example.org:443".
[[nodiscard]] std::string to_string(const Target& target);

/// Where an attempt goes to, and how. TLS always names the origin, whatever the target is.
struct Endpoint {
    Target target;
    Protocol protocol = Protocol::http2_or_http1;
    std::vector<std::uint8_t> ech;  ///< ECHConfigList, passed through; empty when there is none.

    /// "[2001:db8::1]:443 h3", with " ech" behind when there is a config.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Whether an attempt at `tried` makes one at `wanted` pointless: the same endpoint, or one that
/// has offered the same version among others.
[[nodiscard]] bool covers(const Endpoint& tried, const Endpoint& wanted);

/// Whether both go to the same IP address, or to the same name when we do not know addresses.
[[nodiscard]] bool same_host(const Target& one, const Target& other);

}  // namespace tautline::eyeballs
