// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <tautline/base/utf8.hpp>

#include "escape.hpp"

namespace tautline::taut {

namespace {

constexpr std::string_view kIndent = "\n  ";

std::string escaped(char32_t point) {
    switch (point) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case 0x1b: return "\\e";
        default: break;
    }
    const auto number = static_cast<std::uint32_t>(point);
    return point < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

void append_character(std::string& out, std::string_view character, LineFeeds line_feeds) {
    if (character == "\n" && line_feeds != LineFeeds::escaped) {
        out += line_feeds == LineFeeds::kept ? character : kIndent;
        return;
    }
    const auto point = code_point(character);
    const bool harmless = character == "\t" || !is_dangerous(point);
    out += harmless ? std::string(character) : escaped(point);
}

}  // namespace

std::size_t character_length(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    if (byte >= 0xf0) return 4;
    if (byte >= 0xe0) return 3;
    return byte >= 0xc0 ? 2 : 1;
}

std::string_view first_character(std::string_view text) {
    const auto character = text.substr(0, character_length(text[0]));
    return is_utf8(as_bytes(character)) ? character : std::string_view();
}

char32_t code_point(std::string_view character) {
    constexpr std::array<unsigned, 5> kLeadBits = {0, 0x7f, 0x1f, 0x0f, 0x07};
    char32_t value = static_cast<unsigned char>(character[0]) & kLeadBits[character.size()];
    for (const char byte : character.substr(1)) {
        value = (value << 6) | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    return value;
}

bool is_dangerous(char32_t point) {
    using Range = std::pair<char32_t, char32_t>;
    static constexpr std::array<Range, 9> kRanges = {{
        {0x00, 0x1f},        // C0
        {0x7f, 0x9f},        // DEL, C1
        {0x061c, 0x061c},    // Arabic letter mark
        {0x200b, 0x200f},    // zero width, direction marks
        {0x2028, 0x202e},    // line and paragraph separators, embeddings, overrides
        {0x2060, 0x206f},    // invisible operators, isolates
        {0xfeff, 0xfeff},    // byte order mark
        {0xfff9, 0xfffb},    // interlinear annotations
        {0xe0000, 0xe007f},  // tags
    }};
    return std::ranges::any_of(kRanges, [point](const Range& range) {
        return point >= range.first && point <= range.second;
    });
}

std::string escape_for_terminal(std::string_view text, LineFeeds line_feeds) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto character = first_character(text);
        if (character.empty()) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
        } else {
            append_character(out, character, line_feeds);
            text.remove_prefix(character.size());
        }
    }
    return out;
}

std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
    };
    while (limit > 0 && continues(limit)) --limit;
    return text.substr(0, limit);
}

std::string without_query(std::string_view target) {
    const auto mark = target.find('?');
    if (mark == std::string_view::npos) return std::string(target);
    return std::string(target.substr(0, mark)) + "?[left out]";
}

std::string to_hex(Bytes bytes) {
    std::string out;
    out.reserve(bytes.size() * 3);
    for (const auto byte : bytes) {
        if (!out.empty()) out += ' ';
        fmt::format_to(std::back_inserter(out), "{:02x}", std::to_integer<unsigned>(byte));
    }
    return out;
}

std::string shown_binary(Bytes bytes) {
    constexpr std::size_t kShownBytes = 256;
    const auto shown = bytes.first(std::min(bytes.size(), kShownBytes));
    return fmt::format("[binary, {} bytes] {}{}", bytes.size(), to_hex(shown),
                       shown.size() < bytes.size() ? " …" : "");
}

}  // namespace tautline::taut
