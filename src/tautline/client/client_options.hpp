// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/client/admission.hpp>
#include <tautline/client/interceptor.hpp>
#include <tautline/dial/proxy_options.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/http/challenge.hpp>
#include <tautline/proto/http/cookie_jar.hpp>
#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/proxy/selector.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline {

namespace observe {
class Observer;
}
namespace resolve {
class Resolver;
}

/// Everything that can be said about a connection that a client opens.
///
/// What a function or an object of the application in here throws ends in the library: a call that
/// asked `authenticate`, `interceptors`, `cookies`, `proxies` or `proxy` fails with
/// `UsageError::handler_threw`, a question to `resolver` stays without an answer, and `observer` is
/// told of the next event as ever.
struct ClientOptions {
    std::vector<std::string> subprotocols = {};  ///< In the order of preference.
    http::FieldList headers = {};   ///< Sent with the request: Cookie, Authorization, ...
    std::string origin = {};        ///< Sent as Origin unless empty.
    std::string bearer_token = {};  ///< Sent as `Authorization: Bearer` unless empty.
    std::string user_agent = "tautline/0.1";

    /// Resolving, connecting, TLS and the upgrade together. Who gives more gives more to the steps
    /// too: `network.transport_timeout` and `network.session_timeout`.
    Duration handshake_timeout = std::chrono::seconds(10);
    http::HeadLimits head_limits = {};
    Admission admission = {};  ///< Limits for all connections whose options share it.

    /// How to find the way to the server: delays, timeouts, IP versions, HTTP versions. A client
    /// sets `session` and `resolution` itself, and leaves out HTTP/3 and ECH, which it does not
    /// speak.
    eyeballs::NetworkConfig network = {.http_versions = {.http3 = false}};
    /// Who answers for names; null: the name servers and files of the system. The headers of
    /// `resolve` are internal, so that this is for the library's own tools and tests.
    std::shared_ptr<resolve::Resolver> resolver = nullptr;
    /// Which proxies to go through; none by default. `proxies_from_environment()` does as curl
    /// does.
    proxy::Selector proxies = {};
    dial::ProxyOptions proxy = {};

    /// How many redirects of the handshake to follow; 0 makes each of them a refusal. Never from
    /// wss to ws, and nothing secret goes to another origin. A redirect in a circle is not followed
    /// unless there are cookies or interceptors, which may end it.
    int max_redirects = 0;
    /// Asked after a 401, three times at most: the value of `Authorization` to try again with.
    std::function<std::optional<std::string>(const http::Uri& uri,
                                             const std::vector<http::Challenge>& challenges)>
        authenticate = {};
    std::vector<Interceptor> interceptors = {};
    std::shared_ptr<http::CookieJar> cookies = nullptr;  ///< May be null.

    TlsClientOptions tls = {};
    /// Limits, heartbeat, backpressure, compression. A client offers compression by default.
    ConnectionOptions connection = {.compression = deflate::Options{}};

    /// Which implementation of the message protocol to use.
    const websocket::EngineKind* engine = &websocket::native_engine();
    std::shared_ptr<observe::Observer> observer = nullptr;
};

/// The proxies that the environment names (ws_proxy, wss_proxy, http_proxy, https_proxy, all_proxy,
/// no_proxy), looked up for each call.
[[nodiscard]] proxy::Selector proxies_from_environment();

}  // namespace tautline
