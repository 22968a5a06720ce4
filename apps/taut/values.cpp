// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <tautline/base/ascii.hpp>
#include <tautline/base/parse_number.hpp>
#include <tautline/base/time_limit.hpp>
#include <tautline/proto/http/origin.hpp>
#include <tautline/proto/http/token_grammar.hpp>
#include <tautline/transport/certificate_check.hpp>

#include "values.hpp"

namespace tautline::taut {

namespace {

template <typename T>
struct Leading {
    T value;
    std::string_view rest;
};

template <typename T>
std::optional<Leading<T>> read_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return Leading<T>{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

// Nanoseconds in a unit; 0 for what is none.
double nanoseconds_in(std::string_view unit) {
    if (unit == "ms") return 1e6;
    if (unit.empty() || unit == "s") return 1e9;
    if (unit == "m" || unit == "min") return 60e9;
    return unit == "h" ? 3600e9 : 0;
}

// By how many bits a suffix shifts; std::nullopt for what is none.
std::optional<int> shift_for(std::string_view suffix) {
    if (suffix.empty() || suffix == "B") return 0;
    const char unit = to_lower(suffix[0]);
    const auto rest = suffix.substr(1);
    if (!rest.empty() && rest != "B" && rest != "iB") return std::nullopt;
    if (unit == 'k') return 10;
    if (unit == 'm') return 20;
    return unit == 'g' ? std::optional(30) : std::nullopt;
}

std::optional<int> parse_bits(std::string_view text) {
    const auto bits = parse_number<std::uint64_t>(text);
    if (!bits || *bits < 9 || *bits > 15) return std::nullopt;
    return static_cast<int>(*bits);
}

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
    const auto number = read_number<double>(text);
    const double unit = number ? nanoseconds_in(number->rest) : 0;
    const double count = number ? number->value * unit : 0;
    if (unit == 0 || !(count >= 0)) {
        return std::unexpected(fmt::format(
            "\"{}\" is not a length of time; write 500ms, 20s, 5m or 1h, or seconds alone", text));
    }
    if (count > static_cast<double>(kLongestTime.count())) {
        return std::unexpected(fmt::format("\"{}\" is over a year", text));
    }
    return Duration(std::llround(count));
}

std::expected<Duration, std::string> parse_some_time(std::string_view text) {
    auto time = parse_duration(text);
    if (time && *time <= Duration::zero()) return std::unexpected("it must be longer than 0");
    return time;
}

std::expected<std::optional<Duration>, std::string> parse_limit(std::string_view text) {
    if (text == "off") return std::nullopt;
    const auto time = parse_duration(text);
    if (!time) return std::unexpected(time.error() + ", or off");
    return *time > Duration::zero() ? std::optional(*time) : std::nullopt;
}

std::expected<std::string, std::string> parse_pin(std::string_view text) {
    if (transport::parse_pin(text)) return std::string(text);
    return std::unexpected(
        fmt::format("\"{}\" is not a SHA-256 in base64, which has 44 characters", text));
}

std::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
    const auto number = read_number<std::uint64_t>(text);
    const auto shift = number ? shift_for(number->rest) : std::nullopt;
    if (!shift || number->value == 0 ||
        number->value > (std::numeric_limits<std::uint64_t>::max() >> *shift)) {
        return std::unexpected(
            fmt::format("\"{}\" is not a size; write 1000, 64k, 32M or 1G", text));
    }
    return number->value << *shift;
}

std::expected<std::pair<std::string, std::string>, std::string> parse_header(
    std::string_view text) {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    if (colon == std::string_view::npos || !http::is_field_name(name)) {
        return std::unexpected(
            fmt::format("\"{}\" is not a header; write -H 'Name: value'", text.substr(0, 40)));
    }
    const auto value = http::trim_blanks(text.substr(colon + 1));
    if (!http::is_field_value(value)) {
        return std::unexpected(
            fmt::format("the value of the header \"{}\" has bytes that cannot be sent", name));
    }
    return std::pair(std::string(name), std::string(value));
}

std::expected<std::string, std::string> parse_origin(std::string_view text) {
    if (auto origin = http::normal_origin(text)) return *std::move(origin);
    if (text == "*") return std::unexpected("\"*\" is not an origin; for all of them --any-origin");
    return std::unexpected(
        fmt::format("\"{}\" is not an origin; write scheme and host: https://example.org", text));
}

std::expected<std::string, std::string> parse_subprotocol(std::string_view text) {
    if (http::is_token(text)) return std::string(text);
    return std::unexpected(
        fmt::format("\"{}\" is not a subprotocol: a name without blanks and commas", text));
}

std::expected<std::pair<int, int>, std::string> parse_window_bits(std::string_view text) {
    const auto comma = text.find(',');
    const auto client = parse_bits(text.substr(0, comma));
    const auto server =
        comma == std::string_view::npos ? client : parse_bits(text.substr(comma + 1));
    if (!client || !server) {
        return std::unexpected(fmt::format(
            "\"{}\" are no window bits; write CLIENT,SERVER with numbers from 9 to 15", text));
    }
    return std::pair(*client, *server);
}

std::expected<std::pair<std::string, std::string>, std::string> parse_credentials(
    std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text == ":") {
        return std::unexpected("write credentials as user:password");
    }
    return std::pair(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)));
}

std::optional<std::vector<std::byte>> parse_hex(std::string_view text) {
    std::vector<std::byte> bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ' && high < 0) continue;
        const int value = hex_value(c);
        if (value < 0) return std::nullopt;
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + value));
            high = -1;
        }
    }
    return high < 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace tautline::taut
