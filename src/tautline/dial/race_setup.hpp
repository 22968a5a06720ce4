// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include <tautline/base/time.hpp>
#include <tautline/dial/h2_pool.hpp>
#include <tautline/dial/proxy_options.hpp>
#include <tautline/observe/observed_call.hpp>
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
    observe::ObservedCall observed = {};  ///< Perhaps by nobody.
    /// The end of the time for all together.
    Instant give_up_at = Instant::max();
    /// The end already when nothing has come through to the other side by then: for a caller that
    /// knows another route.
    Instant move_on_at = Instant::max();
};

/// The same for the machine, without what this driver cannot do. `http1_only` is what is known of
/// the origin.
[[nodiscard]] eyeballs::RaceSetup machine_setup(const RaceSetup& setup,
                                                eyeballs::SessionKind session, bool http1_only);

/// How long an attempt that is alone may take, whatever its timeouts are: where no other route is
/// left, until the end.
[[nodiscard]] Instant patient_until(const RaceSetup& setup);

/// How the proxy of `setup` itself is reached: a race of its own, for a transport alone. Its end is
/// that of the attempt which it is for.
[[nodiscard]] RaceSetup setup_for_proxy(const RaceSetup& setup);

/// Whose connections a call with `setup` may share.
[[nodiscard]] H2Pool::Origin origin_for(const RaceSetup& setup);

}  // namespace tautline::dial
