// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/route.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::proxy {

namespace {

constexpr std::size_t kMaxRoutes = 16;

std::optional<Scheme> scheme_for(std::string_view keyword) {
    if (equal_ignoring_case(keyword, "PROXY")) return Scheme::http;
    if (equal_ignoring_case(keyword, "HTTP")) return Scheme::http;
    if (equal_ignoring_case(keyword, "HTTPS")) return Scheme::https;
    if (equal_ignoring_case(keyword, "SOCKS")) return Scheme::socks5h;
    if (equal_ignoring_case(keyword, "SOCKS5")) return Scheme::socks5h;
    return std::nullopt;
}

std::expected<Route, RouteError> read_proxy(const std::string& url) {
    auto proxy = parse_proxy_url(url);
    if (!proxy) return std::unexpected(RouteError::proxy_invalid);
    return Route{*std::move(proxy)};
}

std::expected<Route, RouteError> read_route(std::string_view entry) {
    const auto blank = std::min(entry.find_first_of(" \t"), entry.size());
    const auto keyword = entry.substr(0, blank);
    const auto place = http::trim_blanks(entry.substr(blank));
    if (equal_ignoring_case(keyword, "DIRECT")) {
        if (!place.empty()) return std::unexpected(RouteError::host_unexpected);
        return Route{};
    }
    // No keyword has a colon: this is a URL, or host:port.
    if (place.empty() && keyword.find(':') != keyword.npos) return read_proxy(std::string(keyword));
    const auto scheme = scheme_for(keyword);
    if (!scheme) return std::unexpected(RouteError::keyword_unknown);
    return read_proxy(std::string(name_for(*scheme)) + "://" + std::string(place));
}

}  // namespace

std::string Route::to_string() const { return proxy ? proxy->to_string() : "DIRECT"; }

std::string_view message_for(RouteError error) {
    switch (error) {
        case RouteError::entry_missing: return "the list of proxies is empty: write one, or DIRECT";
        case RouteError::keyword_unknown:
            return "the list of proxies has an entry that is none: write DIRECT, PROXY host:port, "
                   "HTTPS host:port, SOCKS5 host:port, or a URL";
        case RouteError::host_unexpected:
            return "something follows DIRECT in the list of proxies: separate entries by ';'";
        case RouteError::too_many_entries: return "the list of proxies has more than 16 entries";
        case RouteError::proxy_invalid:
            return "a proxy of the list cannot be read: write host:port or a URL such as "
                   "http://user:password@host:port";
    }
    std::unreachable();
}

std::expected<std::vector<Route>, RouteError> parse_routes(std::string_view text) {
    std::vector<Route> routes;
    while (!text.empty()) {
        const auto piece = text.substr(0, text.find(';'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        const auto entry = http::trim_blanks(piece);
        if (entry.empty()) continue;
        auto route = read_route(entry);
        if (!route) return std::unexpected(route.error());
        if (routes.size() == kMaxRoutes) return std::unexpected(RouteError::too_many_entries);
        routes.push_back(*std::move(route));
    }
    if (routes.empty()) return std::unexpected(RouteError::entry_missing);
    return routes;
}

bool is_decision(ProxyError error) {
    using enum ProxyError;
    switch (error) {
        case refused:
        case response_malformed:
        case response_too_large:
        case closed_early:
        case general_failure:
        case network_unreachable:
        case host_unreachable:
        case connection_refused:
        case ttl_expired:
        case command_unsupported:
        case address_type_unsupported:
        case reply_unknown: return false;
        case authentication_required:
        case credentials_rejected:
        case authentication_unsupported:
        case credentials_invalid:
        case target_invalid:
        case not_allowed: return true;
    }
    std::unreachable();
}

bool may_try_next(const std::error_code& code, int status) {
    if (code.category() == proxy_category()) {
        const auto error = static_cast<ProxyError>(code.value());
        return error == ProxyError::refused ? status >= 500 : !is_decision(error);
    }
    // A certificate that is not trusted may be an attack, and a proxy that wants ours has decided:
    // going on without the proxy is no answer.
    return code != TransportError::certificate_rejected &&
           code != TransportError::client_certificate_required &&
           code.category() != usage_category() && code.category() != handshake_category();
}

}  // namespace tautline::proxy
