// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/proto/http/basic_auth.hpp>

#include "access.hpp"

namespace tautline::taut {
namespace {

http::RequestHead request_for(std::string host) {
    return {.method = "GET", .target = "/", .fields = {{"Host", std::move(host)}}};
}

int status_for(const AccessRules& rules, const http::RequestHead& request) {
    const auto denial = check_access(rules, request);
    return denial ? denial->status : 0;
}

TEST(Loopback, NamesAndAddressesOfThisMachineAreKnown) {
    for (const auto* host :
         {"localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.255.0.3", "::1", "[::1]"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
}

TEST(Loopback, NamesThatOnlyLookLikeItAreNot) {
    for (const auto* host : {"", "localhost.example.org", "notlocalhost", "127.0.0.1.example.org",
                             "127.0.0.x", "127.1", "0.0.0.0", "::", "[::2]", "example.org"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(Access, ALoopbackServerAnswersToLoopbackNamesOnAnyPort) {
    const AccessRules rules{.loopback_only = true};
    for (const auto* host : {"localhost", "localhost:9001", "127.0.0.1:1", "[::1]:9001", "[::1]"}) {
        EXPECT_EQ(status_for(rules, request_for(host)), 0) << host;
    }
}

TEST(Access, H20_ALoopbackServerRefusesANameThatWasReboundToIt) {
    const AccessRules rules{.loopback_only = true};
    EXPECT_EQ(status_for(rules, request_for("evil.example:9001")), 421);
    EXPECT_EQ(status_for(rules, request_for("[::2]:9001")), 421);
    EXPECT_EQ(status_for(rules, {.method = "GET", .target = "/"}), 421);
}

TEST(Access, AnAllowedNameIsAnswered) {
    const AccessRules rules{.loopback_only = true, .allowed_hosts = {"dev.example"}};
    EXPECT_EQ(status_for(rules, request_for("Dev.Example:9001")), 0);
    EXPECT_EQ(status_for(rules, request_for("x.dev.example:9001")), 421);
}

TEST(Access, OtherServersAnswerToAnyName) {
    EXPECT_EQ(status_for({}, request_for("whatever.example")), 0);
}

TEST(Access, WithoutCredentialsTheRequestIsAskedForThem) {
    const AccessRules rules{.credentials = std::pair("me", "secret")};

    const auto denial = check_access(rules, request_for("localhost"));

    ASSERT_TRUE(denial);
    EXPECT_EQ(denial->status, 401);
    EXPECT_THAT(denial->headers.combined("WWW-Authenticate"), testing::StartsWith("Basic "));
}

TEST(Access, TheRightCredentialsAreLetIn) {
    const AccessRules rules{.credentials = std::pair("me", "secret")};
    auto request = request_for("localhost");
    request.fields.add("Authorization", http::basic_credentials("me", "secret"));

    EXPECT_EQ(status_for(rules, request), 0);
}

// That a comparison takes the same time wherever they differ is proved with basic_auth.
TEST(Access, H21_CredentialsThatDifferAtAnyPlaceAreRefused) {
    const AccessRules rules{.credentials = std::pair("me", "secret")};
    for (const auto* password : {"", "s", "secre", "secret!", "Secret", "secreT"}) {
        auto request = request_for("localhost");
        request.fields.add("Authorization", http::basic_credentials("me", password));

        EXPECT_EQ(status_for(rules, request), 401) << password;
    }
}

}  // namespace
}  // namespace tautline::taut
