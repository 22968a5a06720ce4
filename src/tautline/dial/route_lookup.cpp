// SPDX-License-Identifier: MIT
#include <tautline/dial/route_lookup.hpp>

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include <tautline/transport/socket_address.hpp>

namespace tautline::dial {

namespace {

// Any port will do: nothing is sent.
constexpr std::uint16_t kPort = 443;

bool says_no_way(int error) {
    return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL ||
           error == EAFNOSUPPORT;
}

}  // namespace

eyeballs::Route route_to(const IpAddress& address) {
    eyeballs::Route route{.address = address};
    auto remote = transport::SocketAddress::of({address, kPort});
    transport::SocketAddress local;
    const int fd = ::socket(remote.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, remote.data(), remote.bytes) < 0) {
        route.reachable = !says_no_way(errno);
    } else if (::getsockname(fd, local.data(), &local.bytes) == 0) {
        if (const auto source = local.endpoint()) route.source = source->address;
    }
    if (fd >= 0) ::close(fd);
    return route;
}

std::vector<eyeballs::Route> routes_to(std::span<const IpAddress> addresses, std::size_t most) {
    std::vector<eyeballs::Route> routes;
    for (const auto& address : addresses.first(std::min(most, addresses.size()))) {
        routes.push_back(route_to(address));
    }
    return routes;
}

}  // namespace tautline::dial
