// SPDX-License-Identifier: MIT
#include <tautline/proto/http/host.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

#include <tautline/base/ascii.hpp>
#include <tautline/base/ip_address.hpp>
#include <tautline/base/parse_number.hpp>

namespace tautline::http {

namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

bool is_host_character(char c) {
    constexpr std::string_view kOthers = "-._~!$&'()*+,;=";
    return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
}

// Takes the part before the first dot, and the dot, off the front.
std::string_view take_label(std::string_view& rest) {
    const auto dot = std::min(rest.find('.'), rest.size());
    const auto label = rest.substr(0, dot);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    return label;
}

bool has_good_labels(std::string_view name) {
    if (name.empty() || name.size() > kMaxName || name.ends_with('.')) return false;
    while (!name.empty()) {
        const auto label = take_label(name);
        if (label.empty() || label.size() > kMaxLabel) return false;
    }
    return true;
}

// Decimal, hexadecimal behind "0x", octal behind "0".
std::optional<std::uint64_t> read_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
        if (text.empty()) return 0;
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    return parse_number<std::uint64_t>(text, base);
}

// What ends so is meant to be an IPv4 address: no top level domain is a number.
bool ends_in_number(std::string_view name) {
    const auto last = name.substr(name.rfind('.') + 1);
    const auto is_hexadecimal = [](char c) { return hex_value(c) >= 0; };
    if (last.starts_with("0x")) return std::ranges::all_of(last.substr(2), is_hexadecimal);
    return std::ranges::all_of(last, is_digit);
}

// Whether `number` fits into the last `count` bytes, where it is written.
bool fill_last(std::uint64_t number, std::size_t count, IpAddress::V4& bytes) {
    for (std::size_t i = 0; i < count; ++i) {
        bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return (number >> (8 * count)) == 0;
}

// One to four numbers, of which the last fills what the others leave of the 32 bits.
std::optional<std::string> read_ipv4(std::string_view name) {
    IpAddress::V4 bytes{};
    for (std::size_t left = bytes.size(); left > 0; --left) {
        const auto number = read_number(take_label(name));
        if (!number) return std::nullopt;
        if (name.empty()) {
            if (!fill_last(*number, left, bytes)) return std::nullopt;
            return IpAddress(bytes).to_string();
        }
        if (*number > 255) return std::nullopt;
        bytes[bytes.size() - left] = static_cast<std::uint8_t>(*number);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> normal_host(std::string_view text) {
    if (!std::ranges::all_of(text, is_host_character)) return std::nullopt;
    std::string host = to_lower(text);
    std::string_view name = host;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (!has_good_labels(name)) return std::nullopt;
    if (ends_in_number(name)) return read_ipv4(name);
    return host;
}

}  // namespace tautline::http
