// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace bench {

/// The value of the field `name` (with its colon, lower case as our own clients write it or as
/// RFC 6455 does) in a request head.
inline std::string_view field_value(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == head.npos) return {};
    const std::size_t from = head.find_first_not_of(' ', at + name.size());
    return head.substr(from, head.find('\r', from) - from);
}

/// The 101 for a request head, without any extension: for peers that bring no handshake.
inline std::string accept_upgrade(std::string_view head) {
    const std::string input = std::string(field_value(head, "Sec-WebSocket-Key:")) +
                              "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
    std::array<unsigned char, 32> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           std::string(reinterpret_cast<const char*>(text.data())) + "\r\n\r\n";
}

}  // namespace bench
