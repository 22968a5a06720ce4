// SPDX-License-Identifier: MIT
// The examples of RFC 6724 section 10.2, and each rule alone.
#include <tautline/proto/eyeballs/destination_order.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

Route from(std::string_view address, std::string_view source) {
    Route route{.address = ip(address)};
    route.source = ip(source);
    return route;
}

Strings sorted(std::initializer_list<std::string_view> texts, const std::vector<Route>& routes = {},
               const std::optional<IpAddress>& prefix = std::nullopt) {
    std::vector<IpAddress> addresses;
    for (const std::string_view text : texts) addresses.push_back(ip(text));
    sort_destinations(addresses, routes, prefix);
    Strings list;
    for (const IpAddress& address : addresses) list.push_back(address.to_string());
    return list;
}

TEST(DestinationOrder, AvoidsAddressesWithoutARoute) {
    Route none{.address = ip("2001:db8::1")};
    none.reachable = false;

    EXPECT_EQ(sorted({"2001:db8::1", "192.0.2.1"}, {none}), (Strings{"192.0.2.1", "2001:db8::1"}));
    EXPECT_TRUE(known_unreachable(ip("2001:db8::1"), std::vector{none}));
    EXPECT_FALSE(known_unreachable(ip("2001:db8::2"), std::vector{none}));
    EXPECT_FALSE(known_unreachable(ip("192.0.2.1"), std::vector{from("192.0.2.1", "192.0.2.2")}));
}

TEST(DestinationOrder, PrefersAMatchingScope) {
    EXPECT_EQ(sorted({"2001:db8:1::1", "198.51.100.121"},
                     {from("2001:db8:1::1", "fe80::1"), from("198.51.100.121", "198.51.100.117")}),
              (Strings{"198.51.100.121", "2001:db8:1::1"}));
    EXPECT_EQ(
        sorted({"198.51.100.121", "2001:db8:1::1"},
               {from("2001:db8:1::1", "2001:db8:1::2"), from("198.51.100.121", "169.254.13.78")}),
        (Strings{"2001:db8:1::1", "198.51.100.121"}));
}

TEST(DestinationOrder, PrefersTheHigherPrecedence) {
    EXPECT_EQ(sorted({"10.1.2.3", "2001:db8:1::1"},
                     {from("2001:db8:1::1", "2001:db8:1::2"), from("10.1.2.3", "10.1.2.4")}),
              (Strings{"2001:db8:1::1", "10.1.2.3"}));
}

TEST(DestinationOrder, PrefersTheSmallerScope) {
    EXPECT_EQ(sorted({"2001:db8:1::1", "fe80::1"},
                     {from("2001:db8:1::1", "2001:db8:1::2"), from("fe80::1", "fe80::2")}),
              (Strings{"fe80::1", "2001:db8:1::1"}));
}

TEST(DestinationOrder, AvoidsDeprecatedSources) {
    Route old = from("2001:db8:1::1", "2001:db8:1::2");
    old.source_deprecated = true;

    EXPECT_EQ(
        sorted({"2001:db8:1::1", "2001:db8:2::1"}, {old, from("2001:db8:2::1", "2001:db8:1::3")}),
        (Strings{"2001:db8:2::1", "2001:db8:1::1"}));
}

TEST(DestinationOrder, PrefersAMatchingLabel) {
    EXPECT_EQ(sorted({"2001:db8:1::1", "2002:c633:6401::1"},
                     {from("2002:c633:6401::1", "2002:c633:6401::2"),
                      from("2001:db8:1::1", "2002:c633:6401::2")}),
              (Strings{"2002:c633:6401::1", "2001:db8:1::1"}));
}

TEST(DestinationOrder, PrefersNativeTransport) {
    Route tunnel = from("2001:db8:1::1", "2001:db8:1::2");
    tunnel.encapsulated = true;

    EXPECT_EQ(sorted({"2001:db8:1::1", "2001:db8:2::1"},
                     {tunnel, from("2001:db8:2::1", "2001:db8:2::2")}),
              (Strings{"2001:db8:2::1", "2001:db8:1::1"}));
}

TEST(DestinationOrder, PrefersTheShorterRoundTripThenUseBefore) {
    Route slow{.address = ip("192.0.2.1")};
    slow.round_trip = 50ms;
    Route fast{.address = ip("192.0.2.2")};
    fast.round_trip = 20ms;
    Route used{.address = ip("192.0.2.4")};
    used.used_before = true;

    EXPECT_EQ(sorted({"192.0.2.3", "192.0.2.4", "192.0.2.1", "192.0.2.2"}, {slow, fast, used}),
              (Strings{"192.0.2.2", "192.0.2.1", "192.0.2.4", "192.0.2.3"}));
}

TEST(DestinationOrder, PrefersTheLongerCommonPrefixOfIpv6Alone) {
    EXPECT_EQ(sorted({"2001:db8:3ffe::1", "2001:db8:1::1", "192.0.2.1", "198.51.100.1"},
                     {from("2001:db8:3ffe::1", "2001:db8:3f44::2"),
                      from("2001:db8:1::1", "2001:db8:1::2"), from("192.0.2.1", "198.51.100.2"),
                      from("198.51.100.1", "198.51.100.2")}),
              (Strings{"2001:db8:1::1", "2001:db8:3ffe::1", "192.0.2.1", "198.51.100.1"}));
}

TEST(DestinationOrder, ComparesNoPrefixWithASourceOfTheOtherFamily) {
    EXPECT_EQ(sorted({"2001:db8:1::1", "2001:db8:2::1"},
                     {from("2001:db8:1::1", "192.0.2.1"), from("2001:db8:2::1", "192.0.2.1")}),
              (Strings{"2001:db8:1::1", "2001:db8:2::1"}));
}

TEST(DestinationOrder, KnowsThePolicyTable) {
    EXPECT_EQ(sorted({"3ffe::1", "fec0::1", "fc00::1", "::2", "2001::1", "2002::1", "192.0.2.1",
                      "2001:db8::1", "::1"}),
              (Strings{"::1", "2001:db8::1", "192.0.2.1", "2002::1", "2001::1", "fc00::1",
                       "fec0::1", "3ffe::1", "::2"}));
}

TEST(DestinationOrder, KnowsTheScopes) {
    EXPECT_EQ(sorted({"198.51.100.1", "127.0.0.1", "169.254.0.1", "192.168.0.1"}),
              (Strings{"127.0.0.1", "169.254.0.1", "198.51.100.1", "192.168.0.1"}));
    EXPECT_EQ(sorted({"169.253.0.1", "169.254.0.1"}), (Strings{"169.254.0.1", "169.253.0.1"}));
    EXPECT_EQ(sorted({"ff0e::1", "ff05::1"}), (Strings{"ff05::1", "ff0e::1"}));
    EXPECT_EQ(sorted({"fe00::1", "fe80::1"}), (Strings{"fe80::1", "fe00::1"}));
}

TEST(DestinationOrder, KeepsTheOrderOfEquals) {
    EXPECT_EQ(sorted({"192.0.2.9", "192.0.2.1"}), (Strings{"192.0.2.9", "192.0.2.1"}));
}

TEST(DestinationOrder, TakesAddressesBehindANat64ForIpv4) {
    EXPECT_EQ(sorted({"64:ff9b::c000:201", "2001:db8::1"},
                     {from("64:ff9b::c000:201", "2001:db8::9")}, ip("64:ff9b::")),
              (Strings{"2001:db8::1", "64:ff9b::c000:201"}));
}

}  // namespace
