// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/endpoint.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace tautline;
using namespace tautline::eyeballs;
using enum Protocol;

namespace {

Target address(std::string_view text, std::uint16_t port = 443) {
    return IpEndpoint{IpAddress::parse(text).value(), port};
}

std::vector<std::string> alpn(Protocol protocol) {
    const auto list = alpn_for(protocol);
    return {list.begin(), list.end()};
}

using Strings = std::vector<std::string>;

TEST(Target, IsShownWithItsPort) {
    EXPECT_EQ(to_string(address("2001:db8::1")), "[2001:db8::1]:443");
    EXPECT_EQ(to_string(NamedEndpoint{"example.org", 80}), "example.org:80");
}

TEST(Protocol, HasItsAlpnListBestFirst) {
    EXPECT_EQ(alpn(http3), (Strings{"h3"}));
    EXPECT_EQ(alpn(http2_or_http1), (Strings{"h2", "http/1.1"}));
    EXPECT_EQ(alpn(http2), (Strings{"h2"}));
    EXPECT_EQ(alpn(http1), (Strings{"http/1.1"}));
}

TEST(Protocol, SpeaksWhatItOffers) {
    using enum HttpVersion;
    struct Row {
        Protocol protocol;
        bool http1, http2, http3;
    };
    for (const Row& row : {Row{Protocol::http3, false, false, true},
                           {Protocol::http2_or_http1, true, true, false},
                           {Protocol::http2, false, true, false},
                           {Protocol::http1, true, false, false}}) {
        EXPECT_EQ(speaks(row.protocol, HttpVersion::http1), row.http1);
        EXPECT_EQ(speaks(row.protocol, HttpVersion::http2), row.http2);
        EXPECT_EQ(speaks(row.protocol, HttpVersion::http3), row.http3);
    }
}

TEST(Protocol, HasAName) {
    EXPECT_EQ(name_for(http3), "h3");
    EXPECT_EQ(name_for(http2_or_http1), "h2+h1");
    EXPECT_EQ(name_for(http2), "h2");
    EXPECT_EQ(name_for(http1), "h1");
    EXPECT_EQ(name_for(HttpVersion::http1), "h1");
    EXPECT_EQ(name_for(HttpVersion::http2), "h2");
    EXPECT_EQ(name_for(HttpVersion::http3), "h3");
}

TEST(ProtocolsFor, JoinsHttp2AndHttp1) {
    using List = std::vector<Protocol>;
    EXPECT_EQ(protocols_for({}), (List{http3, http2_or_http1}));
    EXPECT_EQ(protocols_for({true, false, true}), (List{http3, http1}));
    EXPECT_EQ(protocols_for({false, true, false}), (List{http2}));
    EXPECT_EQ(protocols_for({false, false, false}), (List{}));
}

TEST(Endpoint, IsWrittenInALine) {
    EXPECT_EQ((Endpoint{address("2001:db8::1"), http3, {}}).to_string(), "[2001:db8::1]:443 h3");
    EXPECT_EQ((Endpoint{NamedEndpoint{"example.com", 80}, http1, {1}}).to_string(),
              "example.com:80 h1 ech");
}

TEST(Covers, TheSameEndpoint) {
    const Endpoint endpoint{address("192.0.2.1"), http3, {}};

    EXPECT_TRUE(covers(endpoint, endpoint));
    EXPECT_FALSE(covers(endpoint, {address("192.0.2.2"), http3, {}}));
    EXPECT_FALSE(covers(endpoint, {address("192.0.2.1", 80), http3, {}}));
    EXPECT_FALSE(covers(endpoint, {address("192.0.2.1"), http3, {1}}));
    EXPECT_FALSE(covers(endpoint, {address("192.0.2.1"), http2, {}}));
}

TEST(Covers, WhatAlpnHasOfferedAlready) {
    const Endpoint both{address("192.0.2.1"), http2_or_http1, {}};

    EXPECT_TRUE(covers(both, {both.target, http2, {}}));
    EXPECT_TRUE(covers(both, {both.target, http1, {}}));
    EXPECT_FALSE(covers(both, {both.target, http3, {}}));
    EXPECT_FALSE(covers({both.target, http1, {}}, both));
}

TEST(SameHost, ComparesAddressesWithoutPorts) {
    EXPECT_TRUE(same_host(address("192.0.2.1"), address("192.0.2.1", 80)));
    EXPECT_FALSE(same_host(address("192.0.2.1"), address("192.0.2.2")));
}

TEST(SameHost, ComparesNamesWhereAddressesAreUnknown) {
    const Target name = NamedEndpoint{"a.example", 443};

    EXPECT_TRUE(same_host(name, NamedEndpoint{"a.example", 80}));
    EXPECT_FALSE(same_host(name, NamedEndpoint{"b.example", 443}));
    EXPECT_FALSE(same_host(name, address("192.0.2.1")));
    EXPECT_FALSE(same_host(address("192.0.2.1"), name));
}

}  // namespace
