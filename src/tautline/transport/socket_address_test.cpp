// SPDX-License-Identifier: MIT
#include <tautline/transport/socket_address.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

namespace tautline::transport {
namespace {

template <typename Address>
SocketAddress address_of(const Address& address, std::size_t bytes = sizeof(Address)) {
    SocketAddress result{.bytes = static_cast<socklen_t>(bytes)};
    std::memcpy(&result.storage, &address, sizeof(address));
    return result;
}

// The first `bytes` of a path are what the system gives.
SocketAddress unix_address(std::string_view path, std::size_t bytes) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    return address_of(address, offsetof(sockaddr_un, sun_path) + bytes);
}

TEST(SocketAddress, OfIpv4HasItsPort) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(8080);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(address_of(address).to_string(), "127.0.0.1:8080");
}

TEST(SocketAddress, OfIpv6HasBrackets) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(443);
    address.sin6_addr = in6addr_loopback;
    EXPECT_EQ(address_of(address).to_string(), "[::1]:443");
}

// As it is seen by a socket that listens on both.
TEST(SocketAddress, OfMappedIpv4SaysItInDecimal) {
    const auto address = SocketAddress::of({*IpAddress::parse("::ffff:192.0.2.1"), 443});
    EXPECT_EQ(address.storage.ss_family, AF_INET6);
    EXPECT_EQ(address.to_string(), "[::ffff:192.0.2.1]:443");
}

TEST(SocketAddress, IsAnEndpointAndBack) {
    for (const auto* text : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
        const IpEndpoint endpoint{*IpAddress::parse(text), 8443};
        EXPECT_EQ(SocketAddress::of(endpoint).endpoint(), endpoint);
    }
}

TEST(SocketAddress, IsNoEndpointOfAnotherFamily) {
    EXPECT_FALSE(SocketAddress().endpoint());
    EXPECT_FALSE(unix_address("/run/x", 7).endpoint());
}

TEST(SocketAddress, OfAUnixSocketIsItsPath) {
    EXPECT_EQ(unix_address("/run/x", 7).to_string(), "unix:/run/x");
    EXPECT_EQ(unix_address("/run/x", 4).to_string(), "unix:/run");
    EXPECT_EQ(unix_address("", 0).to_string(), "unix:");
    EXPECT_EQ(unix_address({"\0abstract", 9}, 9).to_string(), "unix:");
}

// Linux counts a NUL that has no room in the structure.
TEST(SocketAddress, OfAUnixSocketMayFillItsPlace) {
    const std::string path = "/run/" + std::string(sizeof(sockaddr_un::sun_path) - 5, 'x');
    EXPECT_EQ(unix_address(path, path.size() + 1).to_string(), "unix:" + path);
}

TEST(SocketAddress, IsEmptyWithoutAFamily) { EXPECT_EQ(SocketAddress().to_string(), ""); }

TEST(SocketAddress, IsFilledByTheSystem) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    SocketAddress address;
    EXPECT_EQ(::getpeername(ends[0], address.data(), &address.bytes), 0);
    EXPECT_EQ(address.to_string(), "unix:");
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace tautline::transport
