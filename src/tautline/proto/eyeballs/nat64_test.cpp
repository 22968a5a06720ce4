// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/nat64.hpp>

#include <gtest/gtest.h>

using namespace tautline;
using namespace tautline::eyeballs;

namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

// RFC 6052 section 2.4: the text representation with the well-known prefix.
TEST(Nat64, PutsThePrefixInFrontOfIpv4) {
    EXPECT_EQ(synthesised(ip("192.0.2.33"), ip("64:ff9b::")), ip("64:ff9b::c000:221"));
}

TEST(Nat64, LeavesIpv6AsItIs) {
    EXPECT_EQ(synthesised(ip("2001:db8::1"), ip("64:ff9b::")), ip("2001:db8::1"));
}

TEST(Nat64, FindsTheAddressBehindThePrefix) {
    EXPECT_EQ(embedded_v4(ip("64:ff9b::c000:221"), ip("64:ff9b::")), ip("192.0.2.33"));
}

TEST(Nat64, FindsNothingElsewhere) {
    EXPECT_EQ(embedded_v4(ip("2001:db8::c000:221"), ip("64:ff9b::")), std::nullopt);
    EXPECT_EQ(embedded_v4(ip("192.0.2.33"), ip("64:ff9b::")), std::nullopt);
    EXPECT_EQ(embedded_v4(ip("64:ff9b::c000:221"), std::nullopt), std::nullopt);
}

}  // namespace
