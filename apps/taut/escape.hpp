// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tautline/base/bytes.hpp>

namespace tautline::taut {

/// What becomes of line feeds in text for a terminal.
enum class LineFeeds : std::uint8_t {
    escaped,  ///< "\n" in two characters: the text stays on one line.
    kept,
    indented,  ///< Kept, and what follows is moved right: it cannot pass for a line of ours.
};

/// Makes foreign text harmless for a terminal, which then shows exactly what is there.
///
/// Escaped are the dangerous characters (C0 controls, DEL, C1 controls, and the invisible ones that
/// reorder or hide text), stray bytes of C1, and bytes that are not UTF-8. Tabs are kept.
[[nodiscard]] std::string escape_for_terminal(std::string_view text,
                                              LineFeeds line_feeds = LineFeeds::escaped);

/// How many bytes a character of UTF-8 has that begins with `lead`; 1 for what begins none.
[[nodiscard]] std::size_t character_length(char lead);
/// The bytes of the first character of `text`, which is not empty; empty when they are not UTF-8.
[[nodiscard]] std::string_view first_character(std::string_view text);
/// The number of a character of UTF-8.
[[nodiscard]] char32_t code_point(std::string_view character);
/// Whether a character controls a terminal, or reorders or hides what is around it.
[[nodiscard]] bool is_dangerous(char32_t point);

/// Cuts `text` to at most `limit` bytes, between characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t limit);

/// A path or URL without what follows '?': that may be a token.
[[nodiscard]] std::string without_query(std::string_view target);

/// "00 ff 7a".
[[nodiscard]] std::string to_hex(Bytes bytes);
/// "[binary, 3 bytes] 00 ff 7a", with the first 256 bytes at most.
[[nodiscard]] std::string shown_binary(Bytes bytes);

}  // namespace tautline::taut
