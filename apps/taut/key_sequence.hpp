// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace tautline::taut {

/// How many bytes at the front of `typed` are whole keys.
///
/// A line editor that is given half a key (an escape sequence, a character of several bytes, a
/// prefix such as Ctrl-X) waits for the rest and stops everything else meanwhile: so the rest of
/// `typed` is kept back until more was typed.
[[nodiscard]] std::size_t whole_keys(std::string_view typed);

}  // namespace tautline::taut
