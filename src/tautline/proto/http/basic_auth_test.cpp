// SPDX-License-Identifier: MIT
#include <tautline/proto/http/basic_auth.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

// RFC 7617 section 2.
TEST(BasicAuth, WritesTheExampleOfTheRfc) {
    EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(BasicAuth, H21_MatchesTheRightCredentialsOnly) {
    const std::string right = basic_credentials("user", "secret");
    EXPECT_TRUE(credentials_match(right, "user", "secret"));
    EXPECT_FALSE(credentials_match(right, "user", "secreT"));
    EXPECT_FALSE(credentials_match(right, "user", "secret2"));
    EXPECT_FALSE(credentials_match(right, "User", "secret"));
    EXPECT_FALSE(credentials_match("", "user", "secret"));
    EXPECT_FALSE(credentials_match("Bearer dXNlcjpzZWNyZXQ=", "user", "secret"));
    EXPECT_FALSE(credentials_match("Basic", "user", "secret"));
}

TEST(BasicAuth, TheSchemeHasNoCase) { EXPECT_TRUE(credentials_match("bASIC  dTpw ", "u", "p")); }

}  // namespace
}  // namespace tautline::http
