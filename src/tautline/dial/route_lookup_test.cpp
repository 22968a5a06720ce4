// SPDX-License-Identifier: MIT
#include <tautline/dial/route_lookup.hpp>

#include <vector>

#include <gtest/gtest.h>
#include <tests/support/listener.hpp>

namespace tautline::dial {
namespace {

TEST(RouteLookup, NamesTheSourceOfAnAddressOfOurOwn) {
    const auto loopback = *IpAddress::parse("127.0.0.1");

    const auto route = route_to(loopback);

    EXPECT_TRUE(route.reachable);
    EXPECT_EQ(route.source, loopback);
}

TEST(RouteLookup, LeavesNothingOpen) {
    const auto before = test::open_descriptors();

    (void)route_to(*IpAddress::parse("::1"));

    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(RouteLookup, AsksForNoMoreRoutesThanAreWanted) {
    const std::vector addresses(3, *IpAddress::parse("127.0.0.1"));

    EXPECT_EQ(routes_to(addresses, 2).size(), 2U);
    EXPECT_EQ(routes_to(addresses, 4).size(), 3U);
}

}  // namespace
}  // namespace tautline::dial
