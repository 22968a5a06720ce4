// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/io/loop.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::session {

/// The registry of the connections that clients opened on this loop. It is emptied when the
/// io_context of the loop is destroyed.
[[nodiscard]] Registry& client_registry(io::Loop& loop);

/// Tells all of them to go away, for good: whoever begins behind it opens nothing. For a loop that
/// ends with its last connection.
void end_clients(io::Loop& loop);
[[nodiscard]] bool clients_ended(io::Loop& loop);
/// Who owns a client that begins now: `client_registry`, or behind `end_clients` another, so that
/// those who are only told that they came too late, however often they come, are not waited for.
[[nodiscard]] Registry& owner_of_new_client(io::Loop& loop);

}  // namespace tautline::session
