// SPDX-License-Identifier: MIT
#include <tautline/proto/http/basic_auth.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

TEST(BasicAuth, CarriesBlanksLettersOfAnyAlphabetAndColonsInThePassword) {
    EXPECT_TRUE(fit_basic("us er", "p:w ü"));
    EXPECT_TRUE(fit_basic("", ""));
}

// RFC 7617 section 2.
TEST(BasicAuth, CarriesNoColonInTheUserAndNoControl) {
    EXPECT_FALSE(fit_basic("us:er", "pw"));
    EXPECT_FALSE(fit_basic("user\r\nX: y", "pw"));
    EXPECT_FALSE(fit_basic("us\x7f", "pw"));
    EXPECT_FALSE(fit_basic("user", "p\x7fw"));
    EXPECT_FALSE(fit_basic("user", std::string_view("p\0w", 3)));
}

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

TEST(BasicAuth, TakesEveryByteOfAPassword) {
    EXPECT_EQ(basic_credentials("", ""), "Basic Og==");
    EXPECT_EQ(basic_credentials("a", "b:c"), "Basic YTpiOmM=");
    // RFC 7617 section 2.1: "test" and "123" with a pound sign in UTF-8.
    EXPECT_EQ(basic_credentials("test", "123\xc2\xa3"), "Basic dGVzdDoxMjPCow==");
}

TEST(BasicAuth, H21_ADifferenceAtAnyPlaceIsNoMatch) {
    const std::string right = basic_credentials("user", "secret");
    for (std::size_t at = 0; at < right.size(); ++at) {
        std::string wrong = right;
        wrong[at] = wrong[at] == '!' ? '?' : '!';
        EXPECT_FALSE(credentials_match(wrong, "user", "secret")) << at;
        EXPECT_FALSE(credentials_match(right.substr(0, at), "user", "secret")) << at;
    }
    EXPECT_FALSE(credentials_match(right + "=", "user", "secret"));
}

}  // namespace
}  // namespace tautline::http
