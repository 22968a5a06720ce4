// SPDX-License-Identifier: MIT
#include <tautline/proto/http/uri.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/base/ip_address.hpp>
#include <tautline/base/parse_number.hpp>
#include <tautline/proto/http/basic_auth.hpp>
#include <tautline/proto/http/host.hpp>
#include <tautline/proto/http/percent_encoding.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

using Taken = std::expected<void, UriError>;
constexpr std::size_t kMaxBytes = 8192;
constexpr std::string_view kUnixScheme = "ws+unix";

Taken take_scheme(std::string_view& rest, Uri& uri) {
    const auto colon = rest.find(':');
    if (colon == rest.npos || rest.substr(colon, 3) != "://") {
        return std::unexpected(UriError::scheme_missing);
    }
    const std::string scheme = to_lower(rest.substr(0, colon));
    if (scheme != "ws" && scheme != "wss" && scheme != "http" && scheme != "https") {
        return std::unexpected(UriError::scheme_unsupported);
    }
    uri.secure = scheme == "wss" || scheme == "https";
    uri.port = uri.secure ? 443 : 80;
    rest.remove_prefix(colon + 3);
    return {};
}

// RFC 3986 section 3.2.1. What else a name or a password has must be percent-encoded.
bool is_userinfo_character(char c) {
    constexpr std::string_view kOthers = "-._~!$&'()*+,;=%:";
    return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
}

Taken take_userinfo(std::string_view& authority, Uri& uri) {
    const auto at = authority.rfind('@');
    if (at == authority.npos) return {};
    const auto userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto colon = std::min(userinfo.find(':'), userinfo.size());
    const auto user = decode_percent(userinfo.substr(0, colon));
    const auto password = decode_percent(userinfo.substr(std::min(colon + 1, userinfo.size())));
    if (!std::ranges::all_of(userinfo, is_userinfo_character) || !user || !password ||
        !fit_basic(*user, *password)) {
        return std::unexpected(UriError::userinfo_invalid);
    }
    uri.user = *user;
    uri.password = *password;
    uri.has_userinfo = true;
    return {};
}

Taken take_port(std::string_view text, Uri& uri) {
    // RFC 3986 section 3.2.3: "host:" means the default port.
    if (text.empty()) return {};
    const auto port = parse_number<std::uint16_t>(text).value_or(0);
    if (port == 0) return std::unexpected(UriError::port_invalid);
    uri.default_port = port == uri.port;
    uri.port = port;
    return {};
}

bool is_ipv6(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address && address->is_v6();
}

Taken take_ipv6_literal(std::string_view authority, Uri& uri) {
    const auto bracket = authority.find(']');
    if (bracket == authority.npos || !is_ipv6(authority.substr(1, bracket - 1))) {
        return std::unexpected(UriError::host_invalid);
    }
    uri.host = to_lower(authority.substr(1, bracket - 1));
    uri.ipv6_literal = true;
    const auto rest = authority.substr(bracket + 1);
    if (rest.empty()) return {};
    if (rest[0] != ':') return std::unexpected(UriError::host_invalid);
    return take_port(rest.substr(1), uri);
}

Taken take_host(std::string_view authority, Uri& uri) {
    if (authority.starts_with('[')) return take_ipv6_literal(authority, uri);
    const auto colon = authority.find(':');
    // Most likely an IPv6 address without its brackets, which the message asks for.
    if (authority.rfind(':') != colon) return std::unexpected(UriError::host_invalid);
    const auto text = authority.substr(0, colon);
    if (text.empty()) return std::unexpected(UriError::host_missing);
    auto host = normal_host(text);
    if (!host) return std::unexpected(UriError::host_invalid);
    uri.host = *std::move(host);
    return colon == authority.npos ? Taken() : take_port(authority.substr(colon + 1), uri);
}

Taken take_target(std::string_view rest, Uri& uri) {
    if (rest.find('#') != rest.npos) return std::unexpected(UriError::fragment_present);
    if (!std::ranges::all_of(rest, is_visible)) return std::unexpected(UriError::target_invalid);
    uri.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    return {};
}

// ws+unix:/path/to/socket:/target
std::expected<Uri, UriError> parse_unix(std::string_view rest) {
    Uri uri;
    uri.host = "localhost";
    if (rest.starts_with("//")) rest.remove_prefix(2);
    const auto colon = rest.find(':');
    uri.unix_path = rest.substr(0, colon);
    // A NUL would end the path early; other controls would reach logs through `display()`.
    if (uri.unix_path.empty() || std::ranges::any_of(uri.unix_path, is_control)) {
        return std::unexpected(UriError::unix_path_invalid);
    }
    const auto target = colon == rest.npos ? std::string_view() : rest.substr(colon + 1);
    if (auto taken = take_target(target, uri); !taken) return std::unexpected(taken.error());
    return uri;
}

}  // namespace

std::string_view message_for(UriError error) {
    switch (error) {
        case UriError::scheme_missing:
            return "the URL has no scheme with two slashes: begin it with ws:// or wss://";
        case UriError::scheme_unsupported:
            return "the scheme of the URL is not supported: use ws://, wss://, http:// or https://";
        case UriError::host_missing:
            return "the URL names no host: write one behind the slashes, as in ws://example.org/";
        case UriError::host_invalid:
            return "the host of the URL is not one: write an ASCII name (xn--... for other "
                   "alphabets), an IPv4 address, or an IPv6 address in brackets";
        case UriError::userinfo_invalid:
            return "the user or password of the URL cannot be read: percent-encode what is special "
                   "(@ as %40), leave out controls, and colons in the user";
        case UriError::unix_path_invalid:
            return "the URL names no socket: write ws+unix:/path/to/socket:/target";
        case UriError::port_invalid:
            return "the port of the URL is not one: write a number from 1 to 65535";
        case UriError::target_invalid:
            return "the path or query of the URL has blanks, controls or letters beyond ASCII: "
                   "percent-encode them";
        case UriError::fragment_present:
            return "the URL has a fragment, which WebSocket does not allow: remove it, or write # "
                   "as %23";
        case UriError::too_long:
            return "the URL is longer than 8,192 bytes: send what is long in a message instead";
    }
    std::unreachable();
}

std::string Uri::host_field() const {
    const std::string name = ipv6_literal ? "[" + host + "]" : host;
    return default_port ? name : name + ":" + std::to_string(port);
}

std::string Uri::endpoint() const {
    if (!unix_path.empty()) return "unix:" + unix_path;
    const std::string name = ipv6_literal ? "[" + host + "]" : host;
    return name + ":" + std::to_string(port);
}

std::string Uri::display() const {
    const std::string path = target.substr(0, target.find('?'));
    if (!unix_path.empty()) {
        // Two slashes at the front of a path would be read as those behind the scheme.
        const std::string_view slashes = unix_path.starts_with("//") ? "//" : "";
        return std::string(kUnixScheme).append(":").append(slashes) + unix_path + ":" + path;
    }
    return (secure ? "wss://" : "ws://") + host_field() + path;
}

std::string Uri::origin() const { return (secure ? "https://" : "http://") + host_field(); }

std::expected<Uri, UriError> parse_uri(std::string_view text) {
    if (text.size() > kMaxBytes) return std::unexpected(UriError::too_long);
    if (equal_ignoring_case(text.substr(0, kUnixScheme.size() + 1), "ws+unix:")) {
        return parse_unix(text.substr(kUnixScheme.size() + 1));
    }
    Uri uri;
    std::string_view rest = text;
    if (auto taken = take_scheme(rest, uri); !taken) return std::unexpected(taken.error());
    auto authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto target = rest.substr(authority.size());
    if (auto taken = take_userinfo(authority, uri); !taken) return std::unexpected(taken.error());
    if (auto taken = take_host(authority, uri); !taken) return std::unexpected(taken.error());
    if (auto taken = take_target(target, uri); !taken) return std::unexpected(taken.error());
    return uri;
}

}  // namespace tautline::http
