// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tautline::taut {

/// How many bytes at the front of `typed` are whole keys.
///
/// A line editor that is given half a key (an escape sequence, a character of several bytes, a
/// prefix such as Ctrl-X) waits for the rest and stops everything else meanwhile: so the rest of
/// `typed` is kept back until more was typed.
[[nodiscard]] std::size_t whole_keys(std::string_view typed);

/// What a line editor is given of `typed`, which is whole keys. It would take the tail of an escape
/// sequence that it does not know for letters: such keys are left out, and so are the marks that
/// terminals put around what is pasted. Home and End are the same in every terminal then.
[[nodiscard]] std::string keys_for_editor(std::string_view typed);

/// Stands for a line break inside the one line of an editor, which shows it as ^M.
constexpr char kLineBreak = '\r';

/// What was pasted, as one line: with `kLineBreak` for CR LF, LF and CR, and none at the end.
[[nodiscard]] std::string in_one_line(std::string_view pasted);

}  // namespace tautline::taut
