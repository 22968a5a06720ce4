// SPDX-License-Identifier: MIT
#include <tautline/server/router.hpp>

#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/proto/http/percent_encoding.hpp>

namespace tautline::server {

namespace {

bool may_be_in_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// A pattern with any other character could never match.
bool may_be_in_path(char c) {
    return c > ' ' && c < '\x7f' && c != '?' && c != '#' && c != '{' && c != '}';
}

// RFC 3986 section 6.2.2.2: an escape that was not necessary makes no other path.
bool is_literal(std::string_view received, std::string_view literal) {
    if (!received.contains('%')) return received == literal;
    // An escape is three bytes: what is longer need not be looked at.
    return received.size() <= 3 * literal.size() && http::normal_escapes(received) == literal;
}

// Takes the text up to the next slash, and the slash; after the last segment `path` is null.
std::string_view take_segment(std::string_view& path) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path = end == path.size() ? std::string_view() : path.substr(end + 1);
    return segment;
}

}  // namespace

Router::Read<Router::Segment> Router::read_segment(std::string_view text) {
    if (text.find_first_of("{}") == text.npos) {
        if (std::ranges::all_of(text, may_be_in_path)) {
            return Segment{Kind::literal, http::normal_escapes(text)};
        }
        return std::unexpected("no path has such a character: percent-encode it");
    }
    const bool whole = text.starts_with('{') && text.ends_with('}');
    std::string_view name = whole ? text.substr(1, text.size() - 2) : std::string_view();
    const bool rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    if (name.empty() || !std::ranges::all_of(name, may_be_in_name)) {
        return std::unexpected("a parameter is a whole segment: {name}, or {name...} at the end");
    }
    return Segment{rest ? Kind::rest : Kind::parameter, std::string(name)};
}

Router::Read<std::vector<Router::Segment>> Router::read_pattern(std::string_view pattern) {
    if (!pattern.starts_with('/')) return std::unexpected("a pattern begins with a slash");
    std::vector<Segment> segments;
    for (std::size_t slash = 0; slash != pattern.npos;) {
        if (!segments.empty() && segments.back().kind == Kind::rest) {
            return std::unexpected("nothing can follow {name...}");
        }
        const std::size_t next = pattern.find('/', slash + 1);
        auto segment = read_segment(pattern.substr(slash + 1, next - slash - 1));
        if (!segment) return std::unexpected(segment.error());
        const auto has_its_name = [&](const Segment& other) {
            return other.kind != Kind::literal && other.text == segment->text;
        };
        if (segment->kind != Kind::literal && std::ranges::any_of(segments, has_its_name)) {
            return std::unexpected("two parameters have the same name");
        }
        segments.push_back(*std::move(segment));
        slash = next;
    }
    return segments;
}

// Negative when `a` is the more exact one; 0 when both fit the same paths.
int Router::compare(const Route& a, const Route& b) {
    const std::size_t common = std::min(a.segments.size(), b.segments.size());
    for (std::size_t i = 0; i < common; ++i) {
        const Segment& left = a.segments[i];
        const Segment& right = b.segments[i];
        if (left.kind != right.kind) return left.kind < right.kind ? -1 : 1;
        if (left.kind != Kind::literal) continue;
        if (const int order = left.text.compare(right.text); order != 0) return order;
    }
    if (a.segments.size() == b.segments.size()) return 0;
    return a.segments.size() < b.segments.size() ? -1 : 1;
}

std::string Router::problem_with(std::string_view pattern) const {
    auto segments = read_pattern(pattern);
    if (!segments) return std::string(segments.error());
    const Route route{count_, *std::move(segments)};
    const auto same = [&](const Route& other) { return compare(route, other) == 0; };
    return std::ranges::any_of(routes_, same) ? "the route is there twice" : "";
}

std::size_t Router::add(std::string_view pattern) {
    TAUTLINE_ASSERT(problem_with(pattern).empty());
    Route route{count_, *read_pattern(pattern)};
    const auto place = std::ranges::find_if(
        routes_, [&](const Route& other) { return compare(route, other) <= 0; });
    routes_.insert(place, std::move(route));
    return count_++;
}

bool Router::fits(const Route& route, std::string_view path, Values& values) {
    values.clear();
    bool more = true;  // whether there is another segment, be it an empty one
    path.remove_prefix(1);
    for (const Segment& segment : route.segments) {
        if (!more) return false;
        if (segment.kind == Kind::rest) {
            values.emplace_back(segment.text, path);
            return true;
        }
        more = path.contains('/');
        const std::string_view text = take_segment(path);
        if (segment.kind == Kind::literal) {
            if (!is_literal(text, segment.text)) return false;
            continue;
        }
        if (text.empty()) return false;
        values.emplace_back(segment.text, text);
    }
    return !more;
}

std::expected<Router::Match, Router::Miss> Router::decode(const Route& route,
                                                          const Values& values) {
    Match match{.route = route.number, .parameters = {}};
    for (const auto& [name, value] : values) {
        auto decoded = http::decode_percent(value);
        if (!decoded) return std::unexpected(Miss::bad_encoding);
        match.parameters.emplace_back(name, *std::move(decoded));
    }
    return match;
}

std::expected<Router::Match, Router::Miss> Router::find(std::string_view path) const {
    if (!path.starts_with('/')) return std::unexpected(Miss::not_found);
    Values values;
    for (const Route& route : routes_) {
        if (fits(route, path, values)) return decode(route, values);
    }
    return std::unexpected(Miss::not_found);
}

}  // namespace tautline::server
