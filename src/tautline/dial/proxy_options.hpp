// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tautline/proto/http/challenge.hpp>
#include <tautline/proto/proxy/credentials.hpp>
#include <tautline/proto/proxy/proxy_url.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline::dial {

/// How to talk to proxies.
struct ProxyOptions {
    TlsClientOptions tls = {};    ///< Of an HTTPS proxy itself.
    std::string user_agent = {};  ///< Sent with CONNECT unless empty.
    /// Asked when an HTTP proxy wants credentials (407) that its URL does not have, three times at
    /// most. Empty, or std::nullopt: the call fails.
    std::function<std::optional<proxy::Credentials>(const proxy::ProxyUrl& proxy,
                                                    const std::vector<http::Challenge>& challenges)>
        authenticate = {};
};

}  // namespace tautline::dial
