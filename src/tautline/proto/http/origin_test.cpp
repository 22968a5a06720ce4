// SPDX-License-Identifier: MIT
#include <tautline/proto/http/origin.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

TEST(Origin, HasASchemeAHostAndPerhapsAPort) {
    for (const char* text :
         {"https://example.org", "http://[::1]:81", "https://a_b.example:8443", "null",
          "moz-extension://0b1c-2d", "capacitor://localhost", "app+x.1://a:80"}) {
        EXPECT_EQ(normal_origin(text), text);
    }
}

TEST(Origin, IsSpelledInOneWay) {
    EXPECT_EQ(normal_origin("HTTPS://Example.ORG"), "https://example.org");
    EXPECT_EQ(normal_origin("https://example.org:443"), "https://example.org");
    EXPECT_EQ(normal_origin("http://example.org:80"), "http://example.org");
    EXPECT_EQ(normal_origin("http://example.org:443"), "http://example.org:443");
    EXPECT_EQ(normal_origin("https://[0:0::1]:443"), "https://[::1]");
    EXPECT_EQ(normal_origin("App://Local"), "app://local");
    EXPECT_EQ(normal_origin("NULL"), "null");
}

TEST(Origin, IsNothingElse) {
    for (const char* text : {"",
                             "*",
                             "foo",
                             "example.org",
                             "https://",
                             "://x",
                             "1a://x",
                             "a b://x",
                             "https://x/",
                             "https://x?a",
                             "https://x#a",
                             "https://u@x",
                             "https://x y",
                             "https://x:99999",
                             "https://*.example.org",
                             "https://b\xc3\xbc"
                             "cher.example",
                             "app://",
                             "app://a/",
                             "app://u@a",
                             "app://a b",
                             "app://*",
                             "https:x",
                             " https://x"}) {
        EXPECT_EQ(normal_origin(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace tautline::http
