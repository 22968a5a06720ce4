// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include <tautline/proto/proxy/route.hpp>

namespace tautline::proxy {

/// The value of an environment variable; std::nullopt when it is not set.
using Lookup = std::function<std::optional<std::string>(const char* name)>;

/// A variable holds no proxy.
struct EnvironmentError {
    std::string variable;
    ProxyUrlError problem;

    /// "http_proxy: the port of the proxy is not one: ...". Quotes nothing of the value.
    [[nodiscard]] std::string to_string() const;
};

/// The route that the environment asks for, in the order in which curl looks (since 8.5; older
/// ones know less for ws and wss):
///
///     ws_proxy, WS_PROXY, http_proxy                     for ws
///     wss_proxy, WSS_PROXY, https_proxy, HTTPS_PROXY     for wss
///     all_proxy, ALL_PROXY                               for both
///
/// The first that is set and not empty counts. HTTP_PROXY never does: a CGI program finds the
/// request field "Proxy" of its caller under that name. Only the variable that counts is read.
[[nodiscard]] std::expected<Route, EnvironmentError> proxy_from_environment(const Lookup& lookup,
                                                                            bool secure);

/// The hosts to which the environment wants no proxy, as `is_bypassed` reads them: no_proxy, or
/// NO_PROXY when that is not set or empty. Empty when neither names one.
[[nodiscard]] std::string no_proxy_from_environment(const Lookup& lookup);

}  // namespace tautline::proxy
