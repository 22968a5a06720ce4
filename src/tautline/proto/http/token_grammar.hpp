// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tautline::http {

/// Visible ASCII (VCHAR of RFC 5234).
[[nodiscard]] constexpr bool is_visible(char character) {
    return character >= '!' && character <= '~';
}

/// Whether `text` is a token of RFC 9110 section 5.6.2: not empty, only token characters.
[[nodiscard]] bool is_token(std::string_view text);
/// Whether `text` may be sent as a field name: a token.
[[nodiscard]] bool is_field_name(std::string_view text);
/// Whether `text` may be sent as a field value: visible ASCII, space and tab, no blanks at its
/// ends.
[[nodiscard]] bool is_field_value(std::string_view text);

/// Whether `text` may be a request target (RFC 9112 section 3.2): not empty, only visible ASCII.
[[nodiscard]] bool is_request_target(std::string_view text);

/// Drops blanks (space and tab) at both ends.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

/// The elements of a comma-separated list (RFC 9110 section 5.6.1), trimmed, empty ones left out.
/// Commas inside quoted strings do not separate. Takes linear time.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

/// Reads a grammar of tokens, blanks and quoted strings piece by piece. Each call either takes what
/// it names from the front and returns it, or takes nothing.
class TokenReader {
public:
    explicit TokenReader(std::string_view text) : rest_(text) {}

    void skip_blanks();
    [[nodiscard]] bool take(char wanted);
    [[nodiscard]] std::optional<std::string_view> take_token();
    /// The inside of a quoted string, without its quotes; its escapes are for `remove_escapes`.
    [[nodiscard]] std::optional<std::string_view> take_quoted();
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// What `TokenReader::take_quoted` returned, without the backslashes in front of characters (RFC
/// 9110 section 5.6.4). A character must follow each, as the reader has made sure.
[[nodiscard]] std::string remove_escapes(std::string_view quoted);

}  // namespace tautline::http
