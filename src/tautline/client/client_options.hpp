// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline {

namespace observe {
class Observer;
}

/// Everything that can be said about a connection that a client opens.
struct ClientOptions {
    std::vector<std::string> subprotocols;  ///< In the order of preference.
    http::FieldList headers;                ///< Sent with the request: Cookie, Authorization, ...
    std::string origin;                     ///< Sent as Origin unless empty.
    std::string bearer_token;               ///< Sent as `Authorization: Bearer` unless empty.
    std::string user_agent = "tautline/0.1";

    /// Resolving, connecting, TLS and the upgrade together.
    Duration handshake_timeout = std::chrono::seconds(10);
    http::HeadLimits head_limits;

    /// How to find the way to the server: delays, timeouts, IP versions, HTTP versions.
    eyeballs::NetworkConfig network = {.http_versions = {.http3 = false}};
    TlsClientOptions tls;
    /// Limits, heartbeat, backpressure, compression. A client offers compression by default.
    ConnectionOptions connection = {.compression = deflate::Options{}};

    /// Which implementation of the message protocol to use.
    const websocket::EngineKind* engine = &websocket::native_engine();
    std::shared_ptr<observe::Observer> observer;
};

}  // namespace tautline
