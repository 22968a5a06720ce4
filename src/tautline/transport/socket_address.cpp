// SPDX-License-Identifier: MIT
#include <tautline/transport/socket_address.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace tautline::transport {

namespace {

template <typename Address>
Address view_as(const sockaddr_storage& storage) {
    Address address;
    static_assert(sizeof(address) <= sizeof(storage));
    std::memcpy(&address, &storage, sizeof(address));
    return address;
}

template <typename Address>
SocketAddress stored(const Address& address) {
    SocketAddress result{.bytes = sizeof(address)};
    std::memcpy(&result.storage, &address, sizeof(address));
    return result;
}

// IPv4 within it in decimal, as the system does and IpAddress does not.
std::string ipv6_text(const IpEndpoint& endpoint) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, endpoint.address.mapped().data(), text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(endpoint.port);
}

std::string unix_text(const sockaddr_un& address, std::size_t bytes) {
    // Linux counts a NUL behind a path that leaves no room for one.
    bytes = std::min(bytes, sizeof(address));
    const std::size_t room = bytes - std::min(bytes, offsetof(sockaddr_un, sun_path));
    // The path of an abstract socket begins with a NUL; that of one without a name is empty.
    const std::string path(address.sun_path, ::strnlen(address.sun_path, room));
    return "unix:" + path;
}

}  // namespace

SocketAddress SocketAddress::of(const IpEndpoint& endpoint) {
    if (endpoint.address.is_v6()) {
        return stored(
            sockaddr_in6{.sin6_family = AF_INET6,
                         .sin6_port = htons(endpoint.port),
                         .sin6_addr = std::bit_cast<in6_addr>(endpoint.address.mapped())});
    }
    return stored(sockaddr_in{.sin_family = AF_INET,
                              .sin_port = htons(endpoint.port),
                              .sin_addr = std::bit_cast<in_addr>(endpoint.address.v4())});
}

std::optional<IpEndpoint> SocketAddress::endpoint() const {
    if (storage.ss_family == AF_INET) {
        const auto v4 = view_as<sockaddr_in>(storage);
        return IpEndpoint{IpAddress(std::bit_cast<IpAddress::V4>(v4.sin_addr)), ntohs(v4.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        const auto v6 = view_as<sockaddr_in6>(storage);
        return IpEndpoint{IpAddress(std::bit_cast<IpAddress::V6>(v6.sin6_addr)),
                          ntohs(v6.sin6_port)};
    }
    return std::nullopt;
}

std::string SocketAddress::to_string() const {
    if (const auto ip = endpoint()) return ip->address.is_v6() ? ipv6_text(*ip) : ip->to_string();
    if (storage.ss_family == AF_UNIX) return unix_text(view_as<sockaddr_un>(storage), bytes);
    return {};
}

}  // namespace tautline::transport
