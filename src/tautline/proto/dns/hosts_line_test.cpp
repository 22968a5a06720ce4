// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/hosts_line.hpp>

#include <gtest/gtest.h>

namespace tautline::dns {
namespace {

const auto kAddress = IpAddress::parse("192.0.2.1");

TEST(HostsLine, GivesItsAddressToEachOfItsNames) {
    EXPECT_EQ(hosts_line_address("192.0.2.1 www.example www", "www.example"), kAddress);
    EXPECT_EQ(hosts_line_address("192.0.2.1 www.example www", "www"), kAddress);
    EXPECT_EQ(hosts_line_address("2001:db8::1 www", "www"), IpAddress::parse("2001:db8::1"));
}

TEST(HostsLine, GivesNothingToOtherNames) {
    for (const auto* name : {"ww", "www.", "example", "192.0.2.1", ""}) {
        EXPECT_FALSE(hosts_line_address("192.0.2.1 www.example www", name)) << name;
    }
}

TEST(HostsLine, TakesBlanksOfEveryKind) {
    EXPECT_EQ(hosts_line_address(" \t192.0.2.1\t  a\tb \r", "b"), kAddress);
    EXPECT_EQ(hosts_line_address(" \t192.0.2.1\t  a\tb \r", "a"), kAddress);
}

TEST(HostsLine, ComparesWithoutRegardToCase) {
    EXPECT_EQ(hosts_line_address("192.0.2.1 WWW.Example", "www.example"), kAddress);
}

TEST(HostsLine, EndsWithItsComment) {
    EXPECT_FALSE(hosts_line_address("192.0.2.1 a # b", "b"));
    EXPECT_FALSE(hosts_line_address("# 192.0.2.1 a", "a"));
    EXPECT_EQ(hosts_line_address("192.0.2.1 a#b", "a"), kAddress);
}

TEST(HostsLine, GivesNothingWithoutAnAddress) {
    for (const auto* line : {"", " ", "192.0.2.1", "a a", "192.0.2 a", "fe80::1%lo0 a"}) {
        EXPECT_FALSE(hosts_line_address(line, "a")) << line;
    }
}

}  // namespace
}  // namespace tautline::dns
