// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/target.hpp>

#include <tautline/base/ip_address.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline::proxy {

std::string Target::authority() const {
    const auto address = IpAddress::parse(host);
    const bool brackets = address && address->is_v6();
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Target::valid() const {
    // A colon outside of an IPv6 address would move the border to the port.
    if (host.find(':') != std::string::npos && !IpAddress::parse(host)) return false;
    const auto uri = http::parse_uri("http://" + authority() + "/");
    return uri && !uri->has_userinfo && uri->target == "/";
}

}  // namespace tautline::proxy
