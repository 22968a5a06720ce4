// SPDX-License-Identifier: MIT
#include <tautline/base/ip_address.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

struct Spelling {
    const char* read;
    const char* written;
};

TEST(IpAddress, WritesTheCanonicalText) {
    for (const auto& [read, written] : std::initializer_list<Spelling>{
             {"192.0.2.1", "192.0.2.1"},
             {"0.0.0.0", "0.0.0.0"},
             {"255.255.255.255", "255.255.255.255"},
             {"::", "::"},
             {"::1", "::1"},
             {"1::", "1::"},
             {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
             {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
             {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
             {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
             {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
             {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
             {"::ffff:192.0.2.1", "::ffff:c000:201"},
             {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
         }) {
        const auto address = IpAddress::parse(read);
        ASSERT_TRUE(address) << read;
        EXPECT_EQ(address->to_string(), written);
    }
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
    for (const auto* text : {"",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.+4",
                             "1.2.3.",
                             ".1.2.3",
                             "1..2.3",
                             "a.b.c.d",
                             "0x1.2.3.4",
                             "1.2.3.4 ",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "12345::",
                             "::g",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             ":1::",
                             "1.2.3.4::",
                             "1.2.3.4:5:6:7:8:9:a",
                             "::1.2.3",
                             "fe80::1%eth0",
                             "[::1]",
                             "1:2:3:4:5:6:7:1.2.3.4"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpAddress, KnowsItsFamily) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->family(), IpFamily::v4);
    EXPECT_TRUE(IpAddress::parse("::1")->is_v6());
}

TEST(IpAddress, TellsAMappedAddressFromAnIpv4One) {
    const auto v4 = *IpAddress::parse("192.0.2.1");
    const auto mapped = *IpAddress::parse("::ffff:192.0.2.1");

    EXPECT_EQ(v4.mapped(), mapped.mapped());
    EXPECT_NE(v4, mapped);
    EXPECT_EQ(v4.v4(), (IpAddress::V4{192, 0, 2, 1}));
}

TEST(IpEndpoint, PutsBracketsAroundIpv6) {
    EXPECT_EQ((IpEndpoint{*IpAddress::parse("192.0.2.1"), 443}.to_string()), "192.0.2.1:443");
    EXPECT_EQ((IpEndpoint{*IpAddress::parse("2001:db8::1"), 8443}.to_string()),
              "[2001:db8::1]:8443");
}

}  // namespace
}  // namespace tautline
