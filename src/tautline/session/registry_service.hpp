// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/io/loop.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::session {

/// The registry of the connections that clients opened on this loop. It is emptied when the
/// io_context of the loop is destroyed.
[[nodiscard]] Registry& client_registry(io::Loop& loop);

}  // namespace tautline::session
