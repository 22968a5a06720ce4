// SPDX-License-Identifier: MIT
#include <tautline/dial/route_lookup.hpp>

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tautline::dial {

namespace {

// Any port will do: nothing is sent.
constexpr std::uint16_t kPort = 443;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const IpAddress& address) {
    SocketAddress result;
    if (address.is_v6()) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(kPort);
        std::ranges::copy(address.mapped(), v6.sin6_addr.s6_addr);
        result.size = sizeof v6;
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(kPort);
        const auto bytes = address.v4();
        std::ranges::copy(bytes, reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
        result.size = sizeof v4;
    }
    return result;
}

IpAddress from_socket_address(const SocketAddress& address) {
    if (address.storage.ss_family == AF_INET6) {
        IpAddress::V6 bytes{};
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
        std::ranges::copy(v6.sin6_addr.s6_addr, bytes.begin());
        return IpAddress(bytes);
    }
    IpAddress::V4 bytes{};
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), bytes.size(), bytes.begin());
    return IpAddress(bytes);
}

bool says_no_way(int error) {
    return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL ||
           error == EAFNOSUPPORT;
}

}  // namespace

eyeballs::Route route_to(const IpAddress& address) {
    eyeballs::Route route{.address = address};
    auto remote = to_socket_address(address);
    const int fd = ::socket(remote.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, remote.get(), remote.size) < 0) {
        route.reachable = !says_no_way(errno);
    } else if (SocketAddress local; ::getsockname(fd, local.get(), &local.size) == 0) {
        route.source = from_socket_address(local);
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
