// SPDX-License-Identifier: MIT
#include <tautline/proto/http/percent_encoding.hpp>

#include <tautline/base/ascii.hpp>

namespace tautline::http {

namespace {

// The byte that an escape at the front of `text` stands for.
std::optional<char> read_escape(std::string_view text) {
    if (text.size() < 3 || text[0] != '%') return std::nullopt;
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    return static_cast<char>(high * 16 + low);
}

// Takes a byte, or an escape, off the front.
char take_byte(std::string_view& text) {
    const auto escaped = read_escape(text);
    const char byte = escaped.value_or(text.front());
    text.remove_prefix(escaped ? 3 : 1);
    return byte;
}

char capital(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

// RFC 3986 section 2.3.
bool is_unreserved(char c) {
    constexpr std::string_view kOthers = "-._~";
    return is_letter(c) || is_digit(c) || kOthers.find(c) != kOthers.npos;
}

}  // namespace

std::optional<std::string> decode_percent(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    while (!text.empty()) {
        if (text.front() == '%' && !read_escape(text)) return std::nullopt;
        decoded += take_byte(text);
    }
    return decoded;
}

std::string decode_percent_leniently(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    while (!text.empty()) decoded += take_byte(text);
    return decoded;
}

std::string normal_escapes(std::string_view text) {
    if (!decode_percent(text)) return std::string(text);
    std::string normal;
    normal.reserve(text.size());
    while (!text.empty()) {
        const auto escaped = read_escape(text);
        if (escaped && !is_unreserved(*escaped)) {
            for (const char c : text.substr(0, 3)) normal += capital(c);
            text.remove_prefix(3);
        } else {
            normal += take_byte(text);
        }
    }
    return normal;
}

}  // namespace tautline::http
