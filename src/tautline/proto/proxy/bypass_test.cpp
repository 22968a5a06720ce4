// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/bypass.hpp>

#include <gtest/gtest.h>

namespace tautline::proxy {
namespace {

TEST(Bypass, AnEmptyListNamesNobody) {
    EXPECT_FALSE(is_bypassed("", "a"));
    EXPECT_FALSE(is_bypassed(" ,,\t", "a"));
    EXPECT_FALSE(is_bypassed("a", ""));
}

TEST(Bypass, AStarIsEverybodyOnlyWhenItIsTheWholeList) {
    EXPECT_TRUE(is_bypassed("*", "a.b"));
    EXPECT_TRUE(is_bypassed("*", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("*,", "a.b"));
    EXPECT_FALSE(is_bypassed("x,*", "a.b"));
    EXPECT_FALSE(is_bypassed("*.b", "a.b"));
}

TEST(Bypass, ANameCoversItselfAndWhatIsBelow) {
    EXPECT_TRUE(is_bypassed("b.c", "b.c"));
    EXPECT_TRUE(is_bypassed("b.c", "a.b.c"));
    EXPECT_TRUE(is_bypassed("B.c", "A.b.C"));
    EXPECT_FALSE(is_bypassed("b.c", "xb.c"));
    EXPECT_FALSE(is_bypassed("a.b.c", "b.c"));
}

TEST(Bypass, OneDotInFrontOrBehindDoesNotCount) {
    EXPECT_TRUE(is_bypassed(".b.c", "a.b.c"));
    EXPECT_TRUE(is_bypassed(".b.c", "b.c"));
    EXPECT_TRUE(is_bypassed("b.c.", "a.b.c"));
    EXPECT_TRUE(is_bypassed("b.c", "a.b.c."));
    EXPECT_FALSE(is_bypassed("..b.c", "a.b.c"));
    EXPECT_FALSE(is_bypassed("b.c..", "a.b.c"));
    EXPECT_FALSE(is_bypassed(".", "a.b.c"));
    EXPECT_FALSE(is_bypassed("..", "a.b.c"));
}

TEST(Bypass, CommasAndBlanksSeparate) {
    for (const char* list : {"x,a", "x a", "x\ta", "x , a", "x,,a", ",a", "a,x", "x y a", "a "}) {
        EXPECT_TRUE(is_bypassed(list, "a")) << list;
    }
    EXPECT_FALSE(is_bypassed("x;a", "a"));
    EXPECT_FALSE(is_bypassed("x\na", "a"));
}

TEST(Bypass, APortOrASchemeNamesNothing) {
    EXPECT_FALSE(is_bypassed("a.b:80", "a.b"));
    EXPECT_FALSE(is_bypassed("http://a.b", "a.b"));
    EXPECT_FALSE(is_bypassed("192.0.2.1:80", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("[::1]:80", "::1"));
}

TEST(Bypass, AnAddressIsNoName) {
    EXPECT_TRUE(is_bypassed("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("2.1", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed(".1", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.01", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("localhost", "127.0.0.1"));
    EXPECT_FALSE(is_bypassed("127.0.0.1", "localhost"));
}

TEST(Bypass, ANetworkCoversItsAddresses) {
    EXPECT_TRUE(is_bypassed("192.0.2.0/24", "192.0.2.255"));
    EXPECT_FALSE(is_bypassed("192.0.2.0/24", "192.0.3.0"));
    EXPECT_TRUE(is_bypassed("192.0.2.5/30", "192.0.2.4"));
    EXPECT_TRUE(is_bypassed("192.0.2.5/30", "192.0.2.7"));
    EXPECT_FALSE(is_bypassed("192.0.2.5/30", "192.0.2.8"));
    EXPECT_TRUE(is_bypassed("0.0.0.0/1", "127.0.0.1"));
    EXPECT_FALSE(is_bypassed("0.0.0.0/1", "128.0.0.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.1/32", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.1/33", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2/24", "192.0.2.1"));
}

TEST(Bypass, AnIpv6NetworkCoversItsAddresses) {
    EXPECT_TRUE(is_bypassed("fe80::/10", "fe80::1"));
    EXPECT_TRUE(is_bypassed("fe80::/10", "febf::1"));
    EXPECT_FALSE(is_bypassed("fe80::/10", "fec0::1"));
    EXPECT_TRUE(is_bypassed("2001:db8::1/128", "2001:db8::1"));
    EXPECT_FALSE(is_bypassed("2001:db8::1/127", "2001:db8::2"));
    EXPECT_FALSE(is_bypassed("2001:db8::1/129", "2001:db8::1"));
    EXPECT_TRUE(is_bypassed("2001:db8::/32", "[2001:db8:ffff::1]"));
    EXPECT_TRUE(is_bypassed("[2001:db8::]/32", "2001:db8:ffff::1"));
}

TEST(Bypass, AnIpv6AddressHasManySpellings) {
    EXPECT_TRUE(is_bypassed("::1", "::1"));
    EXPECT_TRUE(is_bypassed("[::1]", "::1"));
    EXPECT_TRUE(is_bypassed("::1", "[::1]"));
    EXPECT_TRUE(is_bypassed("0:0::01", "::1"));
    EXPECT_FALSE(is_bypassed("[::1", "::1"));
    EXPECT_FALSE(is_bypassed("[", "::1"));
}

TEST(Bypass, TheFamiliesDoNotMix) {
    EXPECT_FALSE(is_bypassed("::ffff:192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.1", "::ffff:192.0.2.1"));
}

TEST(Bypass, PrefixLengthsAreReadAsCurlReadsThem) {
    EXPECT_TRUE(is_bypassed("192.0.2.1/0", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("0.0.0.0/0", "192.0.2.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.1/", "192.0.2.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.1/x", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.0/x", "192.0.2.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.0/24x", "192.0.2.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.0/+24", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.0/-24", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.1/99999999999", "192.0.2.1"));
    EXPECT_FALSE(is_bypassed("192.0.2.0/255.255.255.0", "192.0.2.1"));
    EXPECT_TRUE(is_bypassed("192.0.2.1/24/8", "192.0.2.1"));
}

}  // namespace
}  // namespace tautline::proxy
