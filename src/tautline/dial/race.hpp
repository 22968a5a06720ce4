// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include <tautline/base/time.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/proxy_options.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/resolve/resolver.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline::dial {

/// What a WebSocket is opened with.
struct RaceSetup {
    http::Uri uri;
    websocket::ClientOffer offer;
    TlsClientOptions tls;
    http::HeadLimits head_limits;
    eyeballs::NetworkConfig network;        ///< `session` is set by the race.
    resolve::Resolver* resolver = nullptr;  ///< Null: the system's; outlives the race otherwise.
    std::optional<proxy::ProxyUrl> proxy = std::nullopt;  ///< Goes through this one.
    ProxyOptions proxy_options = {};
    std::shared_ptr<observe::Observer> observer;  ///< May be null.
    /// The end of the time for all together.
    Instant give_up_at = Instant::max();
    /// The end already when nothing has come through to the other side by then: for a caller that
    /// knows another route.
    Instant move_on_at = Instant::max();
};

/// Opens the WebSocket that a URL names, over the best of the ways to it (Happy Eyeballs v3).
///
/// An open HTTP/2 connection to the origin is asked first. When that says nothing for
/// `NetworkConfig::session_timeout`, or half of the time that the caller has, it takes no further
/// WebSocket, and the race begins beside it.
///
/// Fails with the phase, the endpoint and what to do; with `handshake_timeout` at the deadline.
[[nodiscard]] std::unique_ptr<Operation> race(io::Loop& loop, RaceSetup setup, OnUpgraded done);

/// Opens a transport alone: TCP, and TLS when the URL is a secure one. The offer is not used.
[[nodiscard]] std::unique_ptr<Operation> race_transport(io::Loop& loop, RaceSetup setup,
                                                        OnStream done);

}  // namespace tautline::dial
