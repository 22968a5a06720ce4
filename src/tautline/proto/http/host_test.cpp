// SPDX-License-Identifier: MIT
#include <tautline/proto/http/host.hpp>

#include <gtest/gtest.h>

using tautline::http::normal_host;

namespace {

std::string form(std::string_view text) { return normal_host(text).value_or("(none)"); }

std::string times(std::size_t count, std::string_view piece) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += piece;
    return text;
}

TEST(Host, IsLowerCase) { EXPECT_EQ(form("WWW.Example.ORG"), "www.example.org"); }

TEST(Host, MayEndInOneDot) {
    EXPECT_EQ(form("example.org."), "example.org.");
    EXPECT_EQ(form("example.org.."), "(none)");
}

TEST(Host, HasNoEmptyLabel) {
    for (const auto* text : {"", ".", "..", ".a", "a..b"}) EXPECT_EQ(form(text), "(none)") << text;
}

TEST(Host, HasNoByteThatNoResolverTakes) {
    for (const auto* text : {"a b", "a%62", "a/b", "a:1", "[::1]", "a\x80", "a\n", "a@b"}) {
        EXPECT_EQ(form(text), "(none)") << text;
    }
    EXPECT_EQ(form("a-b_c~!$&'()*+,;=d"), "a-b_c~!$&'()*+,;=d");
}

TEST(Host, ALabelHasAtMost63Bytes) {
    EXPECT_EQ(form(times(63, "a")), times(63, "a"));
    EXPECT_EQ(form(times(64, "a")), "(none)");
    EXPECT_EQ(form("b." + times(64, "a") + ".c"), "(none)");
}

TEST(Host, ANameHasAtMost253Bytes) {
    const std::string longest = times(126, "a.") + "b";
    ASSERT_EQ(longest.size(), 253U);
    EXPECT_EQ(form(longest), longest);
    EXPECT_EQ(form(longest + "."), longest + ".");
    EXPECT_EQ(form(longest + "c"), "(none)");
}

// The answers of curl and of the WHATWG URL standard.
TEST(Host, AnIpv4AddressHasManySpellings) {
    for (const auto* text :
         {"127.0.0.1", "127.1", "127.0.1", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1", "2130706433",
          "0x7f000001", "017700000001", "127.0.0.1.", "127.0.0.01"}) {
        EXPECT_EQ(form(text), "127.0.0.1") << text;
    }
    EXPECT_EQ(form("1.2.772"), "1.2.3.4");
    EXPECT_EQ(form("1.131844"), "1.2.3.4");
    EXPECT_EQ(form("0"), "0.0.0.0");
    EXPECT_EQ(form("0x"), "0.0.0.0");
    EXPECT_EQ(form("4294967295"), "255.255.255.255");
}

TEST(Host, NumbersThatAreNoAddressAreRefused) {
    for (const auto* text : {"256.0.0.1", "1.2.3.256", "1.2.65536", "1.16777216", "4294967296",
                             "18446744073709551616", "1.2.3.4.5", "1.2.3.08", "1.2.3.018", "a.1",
                             "1.0xg.2", "0xffffffffffffffffffff", "0x1.2.3.4.0x5", "a.0x1"}) {
        EXPECT_EQ(form(text), "(none)") << text;
    }
}

TEST(Host, ANameMayBeginWithNumbers) {
    EXPECT_EQ(form("1.2.3.4a"), "1.2.3.4a");
    EXPECT_EQ(form("1.0xg"), "1.0xg");
    EXPECT_EQ(form("2130706433.example"), "2130706433.example");
}

}  // namespace
