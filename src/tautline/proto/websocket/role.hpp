// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tautline {

/// Which end of the connection we are: it decides who masks (RFC 6455 section 5.1).
enum class Role : std::uint8_t { client, server };

enum class MessageType : std::uint8_t { text = 1, binary = 2 };

}  // namespace tautline
