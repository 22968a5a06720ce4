// SPDX-License-Identifier: MIT
#include <tautline/server/address_limit.hpp>

#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace tautline::server {
namespace {

transport::SocketAddress v4(const char* text, std::uint16_t port = 1) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET, text, &address.sin_addr), 1);
    transport::SocketAddress made;
    std::memcpy(&made.storage, &address, sizeof(address));
    return made;
}

transport::SocketAddress v6(const char* text, std::uint16_t port = 1) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    transport::SocketAddress made;
    std::memcpy(&made.storage, &address, sizeof(address));
    return made;
}

bool counted_alike(const transport::SocketAddress& one, const transport::SocketAddress& other) {
    return *AddressLimit::key_for(one) == *AddressLimit::key_for(other);
}

TEST(AddressLimit, CountsIpv4ByTheAddressWithoutItsPort) {
    EXPECT_TRUE(counted_alike(v4("192.0.2.1", 1), v4("192.0.2.1", 2)));
    EXPECT_FALSE(counted_alike(v4("192.0.2.1"), v4("192.0.2.2")));
    EXPECT_FALSE(counted_alike(v4("192.0.2.1"), v4("193.0.2.1")));
}

TEST(AddressLimit, CountsIpv6ByItsNetwork) {
    EXPECT_TRUE(counted_alike(v6("2001:db8::1"), v6("2001:db8::ffff:1:2:3")));
    EXPECT_FALSE(counted_alike(v6("2001:db8::1"), v6("2001:db8:0:1::1")));
}

// A socket that listens on both sees them so.
TEST(AddressLimit, CountsMappedIpv4AsIpv4) {
    EXPECT_TRUE(counted_alike(v6("::ffff:192.0.2.1"), v4("192.0.2.1")));
    EXPECT_FALSE(counted_alike(v6("::ffff:192.0.2.1"), v6("::ffff:192.0.2.2")));
    EXPECT_FALSE(counted_alike(v6("::1"), v6("::ffff:0.0.0.1")));
}

TEST(AddressLimit, CountsNothingElse) {
    transport::SocketAddress local;
    local.storage.ss_family = AF_UNIX;
    EXPECT_FALSE(AddressLimit::key_for(local));
    EXPECT_FALSE(AddressLimit::key_for({}));
}

TEST(AddressLimit, TakesAsManyOfEachAsItMay) {
    AddressLimit limit(2);
    const auto one = *AddressLimit::key_for(v4("192.0.2.1"));
    const auto other = *AddressLimit::key_for(v4("192.0.2.2"));

    EXPECT_TRUE(limit.take(one));
    EXPECT_TRUE(limit.take(one));
    EXPECT_FALSE(limit.take(one));
    EXPECT_TRUE(limit.take(other));

    limit.give_back(one);
    EXPECT_TRUE(limit.take(one));
    EXPECT_FALSE(limit.take(one));
}

TEST(AddressLimit, SaysWhetherItCounts) {
    EXPECT_TRUE(AddressLimit(1).counts());
    EXPECT_FALSE(AddressLimit(0).counts());
}

TEST(AddressLimit, StopsTheProgramForOneThatWasNotTaken) {
    AddressLimit limit(1);
    EXPECT_DEATH(limit.give_back(*AddressLimit::key_for(v4("192.0.2.1"))), "contract");
}

}  // namespace
}  // namespace tautline::server
