// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "escape.hpp"
#include "key_sequence.hpp"

namespace tautline::taut {

namespace {

constexpr char kEscape = '\x1b';
constexpr char kQuoteNext = '\x16';  // Ctrl-V
constexpr char kPrefix = '\x18';     // Ctrl-X

// 0 when the character is not whole.
std::size_t whole_character(std::string_view typed) {
    if (typed.empty()) return 0;
    const auto length = character_length(typed[0]);
    return typed.size() >= length ? length : 0;
}

// "ESC [", parameters (0 to ?), intermediates (blank to /) and a final byte. What can be none of
// these, such as Enter, ends the sequence in front of it.
std::size_t control_length(std::string_view typed) {
    // The console of Linux: "ESC [ [ A" is F1.
    if (typed.starts_with("\x1b[[")) return typed.size() < 4 ? 0 : 4;
    const auto end =
        std::ranges::find_if(typed.substr(2), [](char c) { return c < ' ' || c > '?'; });
    if (end == typed.end()) return 0;
    const auto length = static_cast<std::size_t>(end - typed.begin());
    return *end >= '@' && *end <= '~' ? length + 1 : length;
}

std::size_t escape_length(std::string_view typed) {
    if (typed.size() < 2) return 0;
    if (typed[1] == '[') return control_length(typed);
    if (typed[1] == 'O') return typed.size() < 3 ? 0 : 3;
    // Alt with a key that is a sequence itself; otherwise the first was the key Escape.
    if (typed[1] == kEscape) {
        if (typed.size() < 3) return 0;
        if (typed[2] != '[' && typed[2] != 'O') return 1;
        const auto rest = escape_length(typed.substr(1));
        return rest == 0 ? 0 : rest + 1;
    }
    const auto rest = whole_character(typed.substr(1));
    return rest == 0 ? 0 : rest + 1;
}

std::size_t key_length(std::string_view typed) {
    if (typed[0] == kEscape) return escape_length(typed);
    if (typed[0] == kQuoteNext || typed[0] == kPrefix) {
        const auto rest = whole_character(typed.substr(1));
        return rest == 0 ? 0 : rest + 1;
    }
    return whole_character(typed);
}

struct Known {
    std::string_view key;
    std::string_view given;
};
constexpr std::string_view kUp = "\x1b[A";
constexpr std::string_view kDown = "\x1b[B";
constexpr std::string_view kRight = "\x1b[C";
constexpr std::string_view kLeft = "\x1b[D";
constexpr std::string_view kDelete = "\x1b[3~";
constexpr std::string_view kToBegin = "\x01";       // Ctrl-A
constexpr std::string_view kToEnd = "\x05";         // Ctrl-E
constexpr std::string_view kWordOn = "\x1b\x66";    // Alt-F
constexpr std::string_view kWordBack = "\x1b\x62";  // Alt-B

// With ~ they are of the console and of rxvt, with O of applications; ;3 is Alt, and ;5 is Ctrl.
constexpr std::array<Known, 21> kSequences = {{
    {kUp, kUp},
    {kDown, kDown},
    {kRight, kRight},
    {kLeft, kLeft},
    {kDelete, kDelete},
    {"\x1bOA", kUp},
    {"\x1bOB", kDown},
    {"\x1bOC", kRight},
    {"\x1bOD", kLeft},
    {"\x1b[H", kToBegin},
    {"\x1bOH", kToBegin},
    {"\x1b[1~", kToBegin},
    {"\x1b[7~", kToBegin},
    {"\x1b[F", kToEnd},
    {"\x1bOF", kToEnd},
    {"\x1b[4~", kToEnd},
    {"\x1b[8~", kToEnd},
    {"\x1b[1;5C", kWordOn},
    {"\x1b[1;3C", kWordOn},
    {"\x1b[1;5D", kWordBack},
    {"\x1b[1;3D", kWordBack},
}};

std::string_view key_for_editor(std::string_view key) {
    if (key[0] != kEscape) return key;
    const auto known = std::ranges::find(kSequences, key, &Known::key);
    if (known != kSequences.end()) return known->given;
    // Alt and a letter; which ones mean something is up to the editor.
    const bool letter =
        key.size() == 2 && key[1] != '[' && static_cast<unsigned char>(key[1]) < 0x80;
    return letter ? key : std::string_view();
}

}  // namespace

std::string keys_for_editor(std::string_view typed) {
    std::string keys;
    while (!typed.empty()) {
        // A key that is not whole is not for the editor either.
        const auto length = key_length(typed);
        if (length == 0) break;
        keys += key_for_editor(typed.substr(0, length));
        typed.remove_prefix(length);
    }
    return keys;
}

std::size_t whole_keys(std::string_view typed) {
    std::size_t whole = 0;
    while (whole < typed.size()) {
        const auto length = key_length(typed.substr(whole));
        if (length == 0) break;
        whole += length;
    }
    return whole;
}

std::string in_one_line(std::string_view pasted) {
    std::string line;
    for (std::size_t i = 0; i < pasted.size(); ++i) {
        const bool pair = pasted[i] == '\n' && i > 0 && pasted[i - 1] == '\r';
        if (!pair) line += pasted[i] == '\n' ? kLineBreak : pasted[i];
    }
    if (line.ends_with(kLineBreak)) line.pop_back();
    return line;
}

}  // namespace tautline::taut
