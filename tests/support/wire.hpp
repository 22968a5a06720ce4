// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tautline::test {

/// Bytes as the standards write them: `wire("81 85 | 37fa213d | 7f9f4d5158")`. Blanks and bars only
/// group; every other character is a hexadecimal digit.
inline std::vector<std::byte> wire(std::string_view text) {
    std::vector<std::byte> bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ' || c == '|' || c == '\n') continue;
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + digit));
            high = -1;
        }
    }
    return bytes;
}

}  // namespace tautline::test
