// SPDX-License-Identifier: MIT
#include <tautline/server/address_limit.hpp>

#include <cstdint>

#include <gtest/gtest.h>
#include <sys/un.h>

namespace tautline::server {
namespace {

transport::SocketAddress peer(const char* address, std::uint16_t port = 1) {
    return transport::SocketAddress::of({*IpAddress::parse(address), port});
}

bool counted_alike(const transport::SocketAddress& one, const transport::SocketAddress& other) {
    return *AddressLimit::key_for(one) == *AddressLimit::key_for(other);
}

TEST(AddressLimit, CountsIpv4ByTheAddressWithoutItsPort) {
    EXPECT_TRUE(counted_alike(peer("192.0.2.1", 1), peer("192.0.2.1", 2)));
    EXPECT_FALSE(counted_alike(peer("192.0.2.1"), peer("192.0.2.2")));
    EXPECT_FALSE(counted_alike(peer("192.0.2.1"), peer("193.0.2.1")));
}

TEST(AddressLimit, CountsIpv6ByItsNetwork) {
    EXPECT_TRUE(counted_alike(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3")));
    EXPECT_FALSE(counted_alike(peer("2001:db8::1"), peer("2001:db8:0:1::1")));
}

// A socket that listens on both sees them so.
TEST(AddressLimit, CountsMappedIpv4AsIpv4) {
    EXPECT_TRUE(counted_alike(peer("::ffff:192.0.2.1"), peer("192.0.2.1")));
    EXPECT_FALSE(counted_alike(peer("::ffff:192.0.2.1"), peer("::ffff:192.0.2.2")));
    EXPECT_FALSE(counted_alike(peer("::1"), peer("::ffff:0.0.0.1")));
}

TEST(AddressLimit, CountsNothingElse) {
    transport::SocketAddress local;
    local.storage.ss_family = AF_UNIX;
    EXPECT_FALSE(AddressLimit::key_for(local));
    EXPECT_FALSE(AddressLimit::key_for({}));
}

TEST(AddressLimit, TakesAsManyOfEachAsItMay) {
    AddressLimit limit(2);
    const auto one = *AddressLimit::key_for(peer("192.0.2.1"));
    const auto other = *AddressLimit::key_for(peer("192.0.2.2"));

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
    EXPECT_DEATH(limit.give_back(*AddressLimit::key_for(peer("192.0.2.1"))), "contract");
}

}  // namespace
}  // namespace tautline::server
