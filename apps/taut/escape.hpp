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

/// Makes text of a stranger harmless for a terminal: what it shows is what is there.
///
/// Escaped are C0 controls, DEL and C1 controls (as characters and as stray bytes), bytes that are
/// not UTF-8, and the invisible characters that reorder or hide text. Tabs are kept.
[[nodiscard]] std::string escape_for_terminal(std::string_view text,
                                              LineFeeds line_feeds = LineFeeds::escaped);

/// Cuts `text` to at most `limit` bytes, between characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t limit);

/// "00 ff 7a".
[[nodiscard]] std::string to_hex(Bytes bytes);

}  // namespace tautline::taut
