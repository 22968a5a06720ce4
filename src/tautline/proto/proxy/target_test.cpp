// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/target.hpp>

#include <gtest/gtest.h>

namespace tautline::proxy {
namespace {

TEST(Target, WritesItsAuthorityWithThePortAlways) {
    EXPECT_EQ((Target{"example.org", 80}.authority()), "example.org:80");
    EXPECT_EQ((Target{"192.0.2.1", 443}.authority()), "192.0.2.1:443");
    EXPECT_EQ((Target{"2001:db8::1", 443}.authority()), "[2001:db8::1]:443");
}

TEST(Target, IsValidWithANameOrAnAddress) {
    for (const char* host : {"example.org", "a_b", "192.0.2.1", "::1", "xn--bcher-kva.example"}) {
        EXPECT_TRUE((Target{host, 1}.valid())) << host;
    }
}

TEST(Target, H23_IsNotValidWithWhatWouldChangeTheRequest) {
    for (const char* host : {"", "a\r\nX: y", "a b", "a:1", "a/b", "a?b", "a#b", "user@a", "[::1]",
                             "\xc3\xbc", ":::"}) {
        EXPECT_FALSE((Target{host, 1}.valid())) << host;
    }
    EXPECT_FALSE((Target{"a", 0}.valid()));
}

}  // namespace
}  // namespace tautline::proxy
