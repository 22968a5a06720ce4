// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/request_head.hpp>

namespace tautline::taut {

/// Which requests are served.
struct AccessRules {
    /// Answer only to loopback names: a web page whose own name points at 127.0.0.1 (DNS rebinding)
    /// must not reach a server that is meant for this machine.
    bool loopback_only = false;
    std::vector<std::string> allowed_hosts;  ///< Further names, without ports.
    std::optional<std::pair<std::string, std::string>> credentials;  ///< For Basic authentication.
};

/// The answer to a request that is not served.
struct Denial {
    int status = 403;
    http::FieldList headers;
    std::string body;
};

/// std::nullopt: the request may go on.
[[nodiscard]] std::optional<Denial> check_access(const AccessRules& rules,
                                                 const http::RequestHead& request);

/// Whether `host` (an address or a name without port) is this machine and nothing else:
/// "localhost", "x.localhost", 127.0.0.0/8, "::1" with or without brackets.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace tautline::taut
