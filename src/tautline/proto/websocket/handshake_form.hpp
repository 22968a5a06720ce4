// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tautline::websocket {

/// How a WebSocket is asked for.
enum class HandshakeForm : std::uint8_t {
    upgrade,           ///< HTTP/1.1: GET with Upgrade, answered with 101 (RFC 6455 section 4).
    extended_connect,  ///< HTTP/2 and HTTP/3: CONNECT with :protocol, answered with a 2xx
                       ///< (RFC 8441 section 5, RFC 9220 section 3). No key, no Connection.
};

}  // namespace tautline::websocket
