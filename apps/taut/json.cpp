// SPDX-License-Identifier: MIT
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <tautline/base/bytes.hpp>
#include <tautline/base/utf8.hpp>

#include "json.hpp"

namespace tautline::taut {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::size_t length_for(unsigned char lead) {
    if (lead >= 0xf0) return 4;
    if (lead >= 0xe0) return 3;
    return lead >= 0xc0 ? 2 : 1;
}

bool is_c1(std::string_view character) {
    return character.size() == 2 && character[0] == '\xc2' &&
           static_cast<unsigned char>(character[1]) < 0xa0;
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x20 || value == 0x7f) {
        out += fmt::format("\\u{:04x}", value);
    } else {
        out += c;
    }
}

}  // namespace

std::string quote_json(std::string_view text) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const auto character = text.substr(0, length_for(static_cast<unsigned char>(text[0])));
        if (!is_utf8(as_bytes(character))) {
            out += kReplacement;
            text.remove_prefix(1);
            continue;
        }
        if (character.size() == 1) {
            append_ascii(out, character[0]);
        } else if (is_c1(character)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(character[1]));
        } else {
            out += character;
        }
        text.remove_prefix(character.size());
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
