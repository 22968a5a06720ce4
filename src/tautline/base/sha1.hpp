// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// The SHA-1 digest of `message` (FIPS 180-4).
///
/// Only for the opening handshake of RFC 6455, where it proves nothing but that the server speaks
/// WebSocket. SHA-1 is broken: never use it to protect anything.
[[nodiscard]] std::array<std::byte, 20> sha1(Bytes message);

}  // namespace tautline
