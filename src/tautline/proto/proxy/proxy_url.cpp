// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/proxy_url.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/basic_auth.hpp>
#include <tautline/proto/http/percent_encoding.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/proxy/target.hpp>

namespace tautline::proxy {

namespace {

using Taken = std::expected<void, ProxyUrlError>;
constexpr std::size_t kMaxBytes = 4096;

Taken take_scheme(std::string_view& rest, ProxyUrl& url) {
    const auto end = rest.find("://");
    // After one of these characters the colon belongs to a part that is ignored.
    if (end == rest.npos || rest.find_first_of("/?#@") < end) {
        // As in curl: without a scheme the port is not empty. "http:/proxy" is no host "http".
        const auto authority = rest.substr(0, rest.find_first_of("/?#"));
        if (authority.ends_with(':')) return std::unexpected(ProxyUrlError::port_invalid);
        return {};
    }
    const std::string scheme = to_lower(rest.substr(0, end));
    rest.remove_prefix(end + 3);
    if (scheme == "socks" || scheme == "socks4" || scheme == "socks4a") {
        return std::unexpected(ProxyUrlError::socks4_unsupported);
    }
    for (const Scheme known : {Scheme::http, Scheme::https, Scheme::socks5, Scheme::socks5h}) {
        if (scheme != name_for(known)) continue;
        url.scheme = known;
        return {};
    }
    return std::unexpected(ProxyUrlError::scheme_unsupported);
}

Taken take_userinfo(std::string_view& authority, ProxyUrl& url) {
    const auto at = authority.find('@');
    if (at == authority.npos) return {};
    const auto userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto colon = std::min(userinfo.find(':'), userinfo.size());
    const bool again = authority.find('@') != authority.npos;
    if (again || userinfo.find(' ') != userinfo.npos) {
        return std::unexpected(ProxyUrlError::userinfo_invalid);
    }
    const auto password = userinfo.substr(std::min(colon + 1, userinfo.size()));
    url.credentials = Credentials{http::decode_percent_leniently(userinfo.substr(0, colon)),
                                  http::decode_percent_leniently(password)};
    if (!http::fit_basic(url.credentials->user, url.credentials->password)) {
        return std::unexpected(ProxyUrlError::userinfo_invalid);
    }
    return {};
}

ProxyUrlError error_for(http::UriError error) {
    switch (error) {
        case http::UriError::host_missing: return ProxyUrlError::host_missing;
        case http::UriError::port_invalid: return ProxyUrlError::port_invalid;
        default: return ProxyUrlError::host_invalid;
    }
}

Taken take_host_and_port(std::string_view authority, ProxyUrl& url) {
    const auto plain = http::parse_uri("http://" + std::string(authority));
    if (!plain) return std::unexpected(error_for(plain.error()));
    const auto secure = http::parse_uri("https://" + std::string(authority));
    url.host = plain->host;
    // A port that was written is the same in both; one that was not is the default of each.
    const bool port_written = plain->port == secure->port;
    url.port = port_written ? plain->port : url.scheme == Scheme::https ? 443 : 1080;
    return {};
}

bool names_unix_socket(const ProxyUrl& url, std::string_view path) {
    const bool socks = url.scheme == Scheme::socks5 || url.scheme == Scheme::socks5h;
    return socks && url.host == "localhost" && path.size() > 1 && path[0] == '/';
}

}  // namespace

std::string_view name_for(Scheme scheme) {
    switch (scheme) {
        case Scheme::http: return "http";
        case Scheme::https: return "https";
        case Scheme::socks5: return "socks5";
        case Scheme::socks5h: return "socks5h";
    }
    std::unreachable();
}

std::string_view message_for(ProxyUrlError error) {
    switch (error) {
        case ProxyUrlError::scheme_unsupported:
            return "the scheme of the proxy is not supported: use http://, https://, socks5:// or "
                   "socks5h://";
        case ProxyUrlError::socks4_unsupported:
            return "SOCKS4 is not supported: use socks5:// or socks5h://";
        case ProxyUrlError::userinfo_invalid:
            return "the user or password of the proxy cannot be read: percent-encode what is "
                   "special (@ as %40), leave out controls, and colons in the user";
        case ProxyUrlError::host_missing:
            return "the proxy has no host: write one, as in http://proxy.example:3128";
        case ProxyUrlError::host_invalid:
            return "the host of the proxy is not one: write an ASCII name, an IPv4 address, or an "
                   "IPv6 address in brackets";
        case ProxyUrlError::port_invalid:
            return "the port of the proxy is not one: write a number from 1 to 65535";
        case ProxyUrlError::path_unsupported:
            return "a proxy behind a Unix socket is not supported: name a host and a port";
        case ProxyUrlError::too_long: return "the proxy's URL is longer than 4,096 bytes";
    }
    std::unreachable();
}

std::string ProxyUrl::to_string() const {
    return std::string(name_for(scheme)) + "://" + Target{host, port}.authority();
}

std::expected<ProxyUrl, ProxyUrlError> parse_proxy_url(std::string_view text) {
    if (text.size() > kMaxBytes) return std::unexpected(ProxyUrlError::too_long);
    ProxyUrl url;
    if (auto taken = take_scheme(text, url); !taken) return std::unexpected(taken.error());
    auto authority = text.substr(0, text.find_first_of("/?#"));
    const auto path = text.substr(authority.size());
    if (auto taken = take_userinfo(authority, url); !taken) return std::unexpected(taken.error());
    if (auto taken = take_host_and_port(authority, url); !taken) {
        return std::unexpected(taken.error());
    }
    if (names_unix_socket(url, path)) return std::unexpected(ProxyUrlError::path_unsupported);
    return url;
}

}  // namespace tautline::proxy
