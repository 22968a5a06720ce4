// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/handshake_key.hpp>

#include <tautline/base/base64.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/sha1.hpp>

namespace tautline::websocket {

namespace {

constexpr std::size_t kNonceBytes = 16;

// RFC 6455 section 1.3: a name that nothing but a WebSocket server would add.
constexpr std::string_view kProtocolGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

}  // namespace

std::string handshake_key_for(const std::array<std::byte, 16>& nonce) {
    return encode_base64(nonce);
}

bool is_handshake_key(std::string_view key) {
    const auto nonce = decode_base64(key);
    return nonce && nonce->size() == kNonceBytes;
}

std::string handshake_accept_for(std::string_view key) {
    const std::string message = std::string(key).append(kProtocolGuid);
    return encode_base64(sha1(as_bytes(message)));
}

}  // namespace tautline::websocket
