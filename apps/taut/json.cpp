// SPDX-License-Identifier: MIT
#include <cstdint>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "escape.hpp"
#include "json.hpp"

namespace tautline::taut {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// RFC 8259 section 7: what lies above U+FFFF is written as a pair of surrogates.
std::string escaped(char32_t point) {
    const auto number = static_cast<std::uint32_t>(point);
    if (number < 0x10000) return fmt::format("\\u{:04x}", number);
    const std::uint32_t rest = number - 0x10000;
    return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

void append_character(std::string& out, std::string_view character) {
    const char32_t point = code_point(character);
    switch (point) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (is_dangerous(point)) {
        out += escaped(point);
    } else {
        out += character;
    }
}

}  // namespace

std::string quote_json(std::string_view text) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const auto character = first_character(text);
        if (character.empty()) {
            out += kReplacement;
            text.remove_prefix(1);
        } else {
            append_character(out, character);
            text.remove_prefix(character.size());
        }
    }
    return out += '"';
}

std::string utc_timestamp(std::chrono::system_clock::time_point time) {
    const auto since_epoch = time.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto milliseconds =
        std::chrono::floor<std::chrono::milliseconds>(since_epoch - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(static_cast<std::time_t>(seconds.count())), milliseconds);
}

JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
    return add_raw(name, quote_json(value));
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
    return add_raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::add(std::string_view name, int value) {
    return add_raw(name, fmt::format("{}", value));
}

JsonObject& JsonObject::add(std::string_view name, double value) {
    return add_raw(name, fmt::format("{}", value));
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "{" : ",";
    text_ += quote_json(name);
    text_ += ':';
    text_ += value;
    return *this;
}

}  // namespace tautline::taut
