// SPDX-License-Identifier: MIT
#include <tautline/transport/socket_address.hpp>

#include <algorithm>
#include <array>
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

std::string unix_text(const sockaddr_un& address, std::size_t bytes) {
    // Linux counts a NUL behind a path that leaves no room for one.
    bytes = std::min(bytes, sizeof(address));
    const std::size_t room = bytes - std::min(bytes, offsetof(sockaddr_un, sun_path));
    // The path of an abstract socket begins with a NUL; that of one without a name is empty.
    const std::string path(address.sun_path, ::strnlen(address.sun_path, room));
    return "unix:" + path;
}

}  // namespace

std::string SocketAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto address = view_as<sockaddr_in>(storage);
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
        return std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port));
    }
    if (storage.ss_family == AF_INET6) {
        const auto address = view_as<sockaddr_in6>(storage);
        ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
        return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(address.sin6_port));
    }
    if (storage.ss_family == AF_UNIX) return unix_text(view_as<sockaddr_un>(storage), bytes);
    return {};
}

}  // namespace tautline::transport
