// SPDX-License-Identifier: MIT
#include <tautline/proto/http/redirect.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <tautline/base/ascii.hpp>

namespace tautline::http {

namespace {

using Resolved = std::expected<Uri, RedirectError>;

// RFC 3986 section 3.1: the length of "scheme:" at the front, 0 when there is none.
std::size_t scheme_length(std::string_view reference) {
    if (reference.empty() || !is_letter(reference[0])) return 0;
    const auto end = std::ranges::find_if_not(reference, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    if (end == reference.end() || *end != ':') return 0;
    return static_cast<std::size_t>(end - reference.begin()) + 1;
}

void remove_last_segment(std::string& path) { path.resize(path.rfind('/')); }

// RFC 3986 section 5.2.4, for a path that begins with a slash.
std::string remove_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto end = std::min(path.find('/', 1), path.size());
        const auto segment = path.substr(1, end - 1);
        path.remove_prefix(end);
        const bool dots = segment == "." || segment == "..";
        if (segment == ".." && !out.empty()) remove_last_segment(out);
        if (!dots) out.append("/").append(segment);
        if (dots && path.empty()) out += '/';
    }
    return out;
}

std::string normalize_target(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    return remove_dot_segments(path).append(target.substr(path.size()));
}

Resolved read_absolute(std::string_view reference) {
    auto uri = parse_uri(reference);
    if (!uri) {
        return std::unexpected(uri.error() == UriError::scheme_unsupported
                                   ? RedirectError::scheme_unsupported
                                   : RedirectError::location_invalid);
    }
    uri->user.clear();
    uri->password.clear();
    uri->has_userinfo = false;
    uri->target = normalize_target(uri->target);
    return *std::move(uri);
}

bool is_known_scheme(std::string_view scheme) {
    constexpr std::array<std::string_view, 4> kKnown{"ws:", "wss:", "http:", "https:"};
    return std::ranges::any_of(kKnown,
                               [&](auto known) { return equal_ignoring_case(scheme, known); });
}

// RFC 3986 section 5.2.3, for a reference that has neither scheme nor authority.
std::string merge_target(const Uri& base, std::string_view reference) {
    const std::string_view target = base.target;
    const auto path = target.substr(0, target.find('?'));
    if (reference.empty()) return std::string(target);
    if (reference[0] == '/') return std::string(reference);
    if (reference[0] == '?') return std::string(path).append(reference);
    return std::string(path.substr(0, path.rfind('/') + 1)).append(reference);
}

bool same_place(const Uri& a, const Uri& b) { return same_origin(a, b) && a.target == b.target; }

}  // namespace

std::string_view message_for(RedirectError error) {
    switch (error) {
        case RedirectError::location_missing:
            return "the server redirects without saying where to; report it to its owner";
        case RedirectError::location_invalid:
            return "the server redirects to something that is no URL; report it to its owner";
        case RedirectError::scheme_unsupported:
            return "the server redirects to a scheme that is not followed: only ws, wss, http and "
                   "https are";
        case RedirectError::downgrade:
            return "the server redirects from wss:// to ws://, which would give up encryption; use "
                   "a ws:// URL if that is wanted";
        case RedirectError::loop:
            return "the server redirects in a circle; perhaps it wants a cookie";
        case RedirectError::too_many: return "the server redirects too often; raise the limit";
    }
    std::unreachable();
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Resolved resolve_reference(const Uri& base, std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    const auto scheme = reference.substr(0, scheme_length(reference));
    if (!scheme.empty()) {
        if (!is_known_scheme(scheme)) return std::unexpected(RedirectError::scheme_unsupported);
        return read_absolute(reference);
    }
    if (reference.starts_with("//")) {
        return read_absolute((base.secure ? "wss:" : "ws:") + std::string(reference));
    }
    // The target is checked by reading it as that of some URL.
    auto checked = read_absolute("ws://a" + merge_target(base, reference));
    if (!checked) return checked;
    Uri uri = base;
    uri.target = std::move(checked->target);
    return uri;
}

bool same_origin(const Uri& a, const Uri& b) {
    return a.secure == b.secure && a.host == b.host && a.port == b.port &&
           a.unix_path == b.unix_path;
}

FieldList fields_for_other_origin(const FieldList& fields) {
    constexpr std::array<std::string_view, 3> kHarmless{"Accept", "Accept-Language", "User-Agent"};
    FieldList kept;
    for (const auto& [name, value] : fields) {
        const bool harmless = std::ranges::any_of(
            kHarmless, [&](auto known) { return equal_ignoring_case(name, known); });
        if (harmless) kept.add(name, value);
    }
    return kept;
}

void restore_credentials(FieldList& fields, const FieldList& before) {
    for (const std::string_view secret : {"Authorization", "Cookie", "Proxy-Authorization"}) {
        fields.remove(secret);
        for (const auto& [name, value] : before) {
            if (equal_ignoring_case(name, secret)) fields.add(name, value);
        }
    }
}

RedirectTrail::RedirectTrail(const Uri& start, int limit, Circles circles)
    : visited_{start}, limit_(limit), circles_(circles) {}

std::expected<void, RedirectError> RedirectTrail::follow(const ResponseHead& response) {
    if (count() >= limit_) return std::unexpected(RedirectError::too_many);
    if (response.fields.count("Location") != 1) {
        return std::unexpected(RedirectError::location_missing);
    }
    auto next = resolve_reference(current(), *response.fields.find("Location"));
    if (!next) return std::unexpected(next.error());
    if (current().secure && !next->secure) return std::unexpected(RedirectError::downgrade);
    const bool seen =
        std::ranges::any_of(visited_, [&](const Uri& one) { return same_place(one, *next); });
    if (seen && circles_ == Circles::refused) return std::unexpected(RedirectError::loop);
    left_origin_ = left_origin_ || !same_origin(current(), *next);
    if (!left_origin_) {
        next->user = current().user;
        next->password = current().password;
        next->has_userinfo = current().has_userinfo;
    }
    visited_.push_back(*std::move(next));
    return {};
}

}  // namespace tautline::http
