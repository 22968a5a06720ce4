// SPDX-License-Identifier: MIT
#include <tautline/proto/http/authority.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

std::string endpoint(std::string_view text, bool secure = false) {
    const auto read = read_authority(text, secure);
    return read ? read->endpoint() : "(none)";
}

std::string host(const FieldList& fields) {
    const auto read = read_host({.method = "GET", .target = "/", .fields = fields}, false);
    return read ? read->endpoint() : "(none)";
}

TEST(Authority, HasAHostAndAPort) {
    EXPECT_EQ(endpoint("Example.org:8080"), "example.org:8080");
    EXPECT_EQ(endpoint("[::1]:81"), "[::1]:81");
}

TEST(Authority, MayLeaveOutThePortOfItsScheme) {
    EXPECT_EQ(endpoint("a"), "a:80");
    EXPECT_EQ(endpoint("a:"), "a:80");
    EXPECT_EQ(endpoint("a", true), "a:443");
}

TEST(Authority, IsNothingElse) {
    for (const char* text : {"", ":80", "a/b", "a:80/evil?x", "a?b", "a#b", "u@a", "u:p@a",
                             "a:80 80", "a b", "a:99999", "a:x", "::1", "[::1", "http://a"}) {
        EXPECT_EQ(endpoint(text), "(none)") << text;
    }
}

TEST(HostValue, IsANameOrAnAddressAndPerhapsAPort) {
    const std::string label(200, 'a');
    for (const std::string& text :
         {std::string("a"), std::string("a:"), std::string("a:0"), std::string("a:65535"),
          std::string("1.2.3.4.5"), std::string("web.1"), std::string("a..b"), std::string("."),
          std::string("%2Frun%2fx:0"), std::string("x!$&'()*+,;=-._~"), std::string("[::1]"),
          std::string("[::1]:"), std::string("[::ffff:1.2.3.4]:8080"), label}) {
        EXPECT_TRUE(is_host_value(text)) << text;
    }
}

TEST(HostValue, IsNothingElse) {
    for (const char* text :
         {"",     ":80",   "a:65536", "a:-1",      "a:+1",   "a:x",       "a:80:81",
          "::1",  "[::1",  "[]",      "[1.2.3.4]", "[::1]a", "[::1]a:80", "[::1%25eth0]",
          "a b",  "a/b",   "a?b",     "a#b",       "u@a",    "a%",        "a%2",
          "a%zz", "\"a\"", "a\\b",    "\x80",      "a\x7f"}) {
        EXPECT_FALSE(is_host_value(text)) << text;
    }
}

TEST(Authority, IsReadFromExactlyOneHost) {
    EXPECT_EQ(host({{"Host", "a:81"}}), "a:81");
    EXPECT_EQ(host({}), "(none)");
    EXPECT_EQ(host({{"Host", ""}}), "(none)");
    EXPECT_EQ(host({{"Host", "a"}, {"Host", "a"}}), "(none)");
}

}  // namespace
}  // namespace tautline::http
