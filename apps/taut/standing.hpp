// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace tautline::taut {

// What an attempt waits for, as it is told when the attempt is given up.
inline constexpr std::string_view kNoConnection = "no connection yet";
inline constexpr std::string_view kNoTunnel = "no tunnel yet";
inline constexpr std::string_view kNoTls = "no TLS yet";
inline constexpr std::string_view kNoSettings = "no SETTINGS yet";
inline constexpr std::string_view kNotAsked = "connected, but not asked for a WebSocket";
inline constexpr std::string_view kNoAnswer = "no answer yet";

}  // namespace tautline::taut
