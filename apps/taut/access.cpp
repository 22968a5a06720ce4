// SPDX-License-Identifier: MIT
#include <algorithm>

#include <tautline/base/ascii.hpp>
#include <tautline/proto/http/basic_auth.hpp>

#include "access.hpp"

namespace tautline::taut {

namespace {

// A value of Host without its port.
std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

bool is_allowed(const AccessRules& rules, std::string_view host) {
    return is_loopback(host) ||
           std::ranges::any_of(rules.allowed_hosts, [host](const std::string& allowed) {
               return equal_ignoring_case(allowed, host);
           });
}

bool is_ipv4_loopback(std::string_view host) {
    const auto dots = std::ranges::count(host, '.');
    return host.starts_with("127.") && dots == 3 &&
           std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace

bool is_loopback(std::string_view host) {
    if (host == "::1" || host == "[::1]") return true;
    const std::string name = to_lower(host);
    return name == "localhost" || name.ends_with(".localhost") || is_ipv4_loopback(name);
}

std::optional<Denial> check_access(const AccessRules& rules, const http::RequestHead& request) {
    const auto host = without_port(request.fields.find("Host").value_or(""));
    if (rules.loopback_only && !is_allowed(rules, host)) {
        return Denial{.status = 421,
                      .headers = {},
                      .body =
                          "This server listens on a loopback address and answers only to "
                          "localhost and its like. taut serve --allow-host adds a name.\n"};
    }
    if (!rules.credentials) return std::nullopt;
    const auto& [user, password] = *rules.credentials;
    const auto given = request.fields.find("Authorization").value_or("");
    if (http::credentials_match(given, user, password)) return std::nullopt;
    return Denial{.status = 401,
                  .headers = {{"WWW-Authenticate", "Basic realm=\"taut\", charset=\"UTF-8\""}},
                  .body = "This server wants to know who you are.\n"};
}

}  // namespace tautline::taut
