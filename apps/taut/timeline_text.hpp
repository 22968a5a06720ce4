// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "timeline.hpp"

namespace tautline::taut {

struct TextStyle {
    std::size_t columns = 80;
    bool unicode = true;
    bool colour = false;
};

/// How this terminal wants it: its width, its locale, NO_COLOR.
[[nodiscard]] TextStyle text_style();

/// The timeline for a terminal, a line for each row:
///
///     AAAA example.org       ·····                           9.1 ms  2001:db8::1
///     1 [2001:db8::1]:443         ──────────────           250.0 ms  given up
///     2 192.0.2.1:443 h2                 ────━━━━━███       31.5 ms  won: TLSv1.3, h2, status 200
[[nodiscard]] std::string draw_text(const Timeline& timeline, const TextStyle& style);

}  // namespace tautline::taut
