// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/dial/operation.hpp>
#include <tautline/dial/race_setup.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>

namespace tautline::dial {

/// Opens the WebSocket that a URL names, over the best of the ways to it (Happy Eyeballs v3).
///
/// An open HTTP/2 connection to the origin is asked first. When that says nothing for
/// `NetworkConfig::session_timeout`, or half of the time that the caller has, it takes no further
/// WebSocket, and the race begins beside it. A refusal on one connection waits for those that were
/// asked before it came, until `session_timeout` after each was asked. A refusal of the open one
/// that may mean HTTP/2 (400, 405, 426) is asked over HTTP/1.1 again, where that is allowed, unless
/// a race has begun; it is told when the race brings no refusal of its own, and as
/// `handshake_timeout` where only the time was missing.
///
/// Fails with the phase, the endpoint and what to do; with `handshake_timeout` at the deadline.
[[nodiscard]] std::unique_ptr<Operation> race(io::Loop& loop, RaceSetup setup, OnUpgraded done);

/// Opens a transport alone: TCP, and TLS when the URL is a secure one. The offer is not used.
/// `on_progress` is called as an attempt comes on.
[[nodiscard]] std::unique_ptr<TransportOperation> race_transport(io::Loop& loop, RaceSetup setup,
                                                                 OnStream done,
                                                                 OnProgress on_progress = {});

}  // namespace tautline::dial
