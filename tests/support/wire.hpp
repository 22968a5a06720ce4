// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tautline::test {

/// RFC 6455 section 5.7: "Hello" from a client, and its echo from a server.
inline const std::string kHello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
inline const std::string kEcho = "\x81\x05Hello";

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
