// SPDX-License-Identifier: MIT
#include <tautline/proto/http/token_grammar.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <tautline/base/assert.hpp>

namespace tautline::http {

namespace {

using Alphabet = std::array<bool, 256>;

consteval Alphabet alphabet_of(std::string_view characters) {
    Alphabet alphabet{};
    for (const char character : characters) alphabet[static_cast<std::uint8_t>(character)] = true;
    return alphabet;
}

// RFC 9110 section 5.6.2: what a token is made of.
constexpr Alphabet kTokenCharacters =
    alphabet_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

bool is_token_character(char character) {
    return kTokenCharacters[static_cast<std::uint8_t>(character)];
}

bool is_blank(char character) { return character == ' ' || character == '\t'; }

bool is_visible_or_blank(char character) { return is_blank(character) || is_visible(character); }

// RFC 9110 section 5.6.4: no control may stand inside a quoted string, escaped or not; bytes of
// other alphabets may.
bool is_quotable(char character) {
    return is_visible_or_blank(character) || static_cast<std::uint8_t>(character) >= 0x80;
}

// The length of the list element at the front of `text`: up to a comma outside of quotes.
std::size_t element_length(std::string_view text) {
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char character = text[at];
        if (character == '"') quoted = !quoted;
        if (quoted && character == '\\') ++at;
        if (!quoted && character == ',') return at;
    }
    return text.size();
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool is_field_name(std::string_view text) { return is_token(text); }

bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, is_visible_or_blank) && trim_blanks(text) == text;
}

bool is_request_target(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_visible);
}

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> elements;
    while (!text.empty()) {
        const std::size_t length = element_length(text);
        const std::string_view element = trim_blanks(text.substr(0, length));
        // RFC 9110 section 5.6.1.2: empty elements are to be ignored.
        if (!element.empty()) elements.push_back(element);
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return elements;
}

void TokenReader::skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

bool TokenReader::take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
}

std::optional<std::string_view> TokenReader::take_token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_character);
    const std::string_view token(rest_.begin(), end);
    if (token.empty()) return std::nullopt;
    rest_.remove_prefix(token.size());
    return token;
}

std::optional<std::string_view> TokenReader::take_quoted() {
    if (rest_.empty() || rest_.front() != '"') return std::nullopt;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
        if (rest_[at] == '"') {
            const std::string_view inside = rest_.substr(1, at - 1);
            rest_.remove_prefix(at + 1);
            return inside;
        }
        if (rest_[at] == '\\') ++at;
        if (at == rest_.size() || !is_quotable(rest_[at])) return std::nullopt;
    }
    return std::nullopt;
}

std::string remove_escapes(std::string_view quoted) {
    std::string plain;
    bool escaped = false;
    for (const char character : quoted) {
        escaped = character == '\\' && !escaped;
        if (!escaped) plain.push_back(character);
    }
    TAUTLINE_ASSERT(!escaped);
    return plain;
}

}  // namespace tautline::http
