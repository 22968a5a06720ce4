// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tautline {

/// The only spellings of a byte range. Neither owns what it shows.
using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

/// Shows the characters of `text` as bytes.
[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Shows `bytes` as characters. Nothing is checked: they may not be UTF-8.
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tautline
