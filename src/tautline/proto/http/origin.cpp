// SPDX-License-Identifier: MIT
#include <tautline/proto/http/origin.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/base/ip_address.hpp>
#include <tautline/proto/http/authority.hpp>
#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
    constexpr std::string_view kOthers = "+-.";
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
    });
}

// Of an extension of a browser, or of an application with pages of its own.
bool is_other_host(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_visible) &&
           text.find_first_of("/?#@") == text.npos;
}

std::optional<std::string> normal_web_origin(std::string_view authority, bool secure) {
    auto uri = read_authority(authority, secure);
    if (!uri) return std::nullopt;
    const auto address = IpAddress::parse(uri->host);
    if (uri->ipv6_literal && address) uri->host = address->to_string();
    return uri->origin();
}

}  // namespace

std::optional<std::string> normal_origin(std::string_view text) {
    std::string origin = to_lower(text);
    if (origin == "null") return origin;
    const std::size_t mark = origin.find("://");
    if (mark == origin.npos || origin.contains('*')) return std::nullopt;
    const std::string_view scheme = std::string_view(origin).substr(0, mark);
    const std::string_view host = std::string_view(origin).substr(mark + 3);
    if (scheme == "http" || scheme == "https") {
        return normal_web_origin(host, scheme == "https");
    }
    return is_scheme(scheme) && is_other_host(host) ? std::optional(origin) : std::nullopt;
}

}  // namespace tautline::http
