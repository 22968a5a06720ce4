// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/bytes.hpp>

namespace tautline::test {

/// A row of RFC 3629 section 4: which first and second bytes go together, and how many bytes the
/// character has. The bytes after the second are 80 to bf.
struct Utf8Row {
    std::uint8_t first_from, first_to;
    std::uint8_t second_from, second_to;
    std::size_t length;
};

inline constexpr std::array<Utf8Row, 9> kUtf8Rows{{{0x00, 0x7f, 0x00, 0x00, 1},
                                                   {0xc2, 0xdf, 0x80, 0xbf, 2},
                                                   {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                                   {0xe1, 0xec, 0x80, 0xbf, 3},
                                                   {0xed, 0xed, 0x80, 0x9f, 3},
                                                   {0xee, 0xef, 0x80, 0xbf, 3},
                                                   {0xf0, 0xf0, 0x90, 0xbf, 4},
                                                   {0xf1, 0xf3, 0x80, 0xbf, 4},
                                                   {0xf4, 0xf4, 0x80, 0x8f, 4}}};

/// What the rows say of a text: where the first byte is that cannot be part of it, if there is one,
/// and where the last whole character ends before that.
struct Utf8Verdict {
    std::optional<std::uint64_t> first_bad;
    std::size_t whole_characters_end = 0;
};

inline Utf8Verdict utf8_by_definition(Bytes text) {
    const auto at = [&](std::size_t i) { return std::to_integer<std::uint8_t>(text[i]); };
    std::size_t start = 0;
    while (start < text.size()) {
        const auto* row = std::ranges::find_if(kUtf8Rows, [&](const Utf8Row& candidate) {
            return at(start) >= candidate.first_from && at(start) <= candidate.first_to;
        });
        if (row == kUtf8Rows.end()) return {start, start};
        for (std::size_t k = 1; k < row->length; ++k) {
            if (start + k == text.size()) return {std::nullopt, start};
            const std::uint8_t from = k == 1 ? row->second_from : 0x80;
            const std::uint8_t to = k == 1 ? row->second_to : 0xbf;
            if (at(start + k) < from || at(start + k) > to) return {start + k, start};
        }
        start += row->length;
    }
    return {std::nullopt, start};
}

}  // namespace tautline::test
