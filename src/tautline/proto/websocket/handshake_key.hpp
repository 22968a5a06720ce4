// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tautline::websocket {

/// The value of `Sec-WebSocket-Key` for 16 fresh random bytes.
[[nodiscard]] std::string handshake_key_for(const std::array<std::byte, 16>& nonce);

/// Whether `key` is 16 bytes in base64, as a server must see it (RFC 6455 section 4.2.1).
[[nodiscard]] bool is_handshake_key(std::string_view key);

/// The value of `Sec-WebSocket-Accept` that answers `key` (RFC 6455 section 4.2.2). It shows that
/// the server has understood the request, and nothing more: it authenticates nobody.
[[nodiscard]] std::string handshake_accept_for(std::string_view key);

}  // namespace tautline::websocket
