// SPDX-License-Identifier: MIT
#include <algorithm>

#include "key_sequence.hpp"

namespace tautline::taut {

namespace {

constexpr char kEscape = '\x1b';
constexpr char kQuoteNext = '\x16';  // Ctrl-V
constexpr char kPrefix = '\x18';     // Ctrl-X

// The length of a character; 0 when it is not whole.
std::size_t character_length(std::string_view typed) {
    if (typed.empty()) return 0;
    const auto lead = static_cast<unsigned char>(typed[0]);
    std::size_t length = 1;
    if (lead >= 0xf0) {
        length = 4;
    } else if (lead >= 0xe0) {
        length = 3;
    } else if (lead >= 0xc0) {
        length = 2;
    }
    return typed.size() >= length ? length : 0;
}

// What follows "ESC [": parameters up to a final byte.
std::size_t control_length(std::string_view typed) {
    const auto final_byte = std::ranges::find_if(typed, [](char c) { return c >= 0x40; });
    return final_byte == typed.end() ? 0 : static_cast<std::size_t>(final_byte - typed.begin()) + 1;
}

std::size_t escape_length(std::string_view typed) {
    if (typed.size() < 2) return 0;
    if (typed[1] == '[') {
        const auto rest = control_length(typed.substr(2));
        return rest == 0 ? 0 : rest + 2;
    }
    if (typed[1] == 'O') return typed.size() < 3 ? 0 : 3;
    const auto rest = character_length(typed.substr(1));
    return rest == 0 ? 0 : rest + 1;
}

std::size_t key_length(std::string_view typed) {
    if (typed[0] == kEscape) return escape_length(typed);
    if (typed[0] == kQuoteNext || typed[0] == kPrefix) {
        const auto rest = character_length(typed.substr(1));
        return rest == 0 ? 0 : rest + 1;
    }
    return character_length(typed);
}

}  // namespace

std::size_t whole_keys(std::string_view typed) {
    std::size_t whole = 0;
    while (whole < typed.size()) {
        const auto length = key_length(typed.substr(whole));
        if (length == 0) break;
        whole += length;
    }
    return whole;
}

}  // namespace tautline::taut
