// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <system_error>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/event.hpp>

namespace tautline::session {

/// Why a call on an open connection failed: of phase `usage` when the call was wrong, or too late.
[[nodiscard]] Error session_error(std::error_code code);
/// Why a call on an ended connection fails: with the error that ended it, if there was one.
[[nodiscard]] Error session_error(const std::optional<Closed>& closed);

}  // namespace tautline::session
