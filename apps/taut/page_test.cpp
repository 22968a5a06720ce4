// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "page.hpp"

namespace tautline::taut {
namespace {

using testing::HasSubstr;
using testing::Not;

// Gives 0x00, 0x01, ... and so a known nonce.
class CountingBytes final : public RandomBytes {
public:
    void fill(MutableBytes out) override {
        for (auto& byte : out) byte = static_cast<std::byte>(next_++);
    }

private:
    unsigned char next_ = 0;
};

std::string policy_of(const Response& response) {
    return response.headers.combined("Content-Security-Policy");
}

TEST(Page, IsHtml) {
    CountingBytes random;
    const auto response = page_response(random);
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, testing::StartsWith("<!doctype html>"));
}

TEST(Page, LetsOnlyItsOwnScriptAndStyleRun) {
    CountingBytes random;
    const auto response = page_response(random);

    EXPECT_THAT(policy_of(response), HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy_of(response), HasSubstr("'nonce-AAECAwQFBgcICQoLDA0ODw=='"));
    EXPECT_THAT(policy_of(response), Not(HasSubstr("unsafe")));
    EXPECT_THAT(response.body, HasSubstr("<script nonce=\"AAECAwQFBgcICQoLDA0ODw==\">"));
}

TEST(Page, DrawsANonceForEachAnswer) {
    CountingBytes random;
    EXPECT_NE(policy_of(page_response(random)), policy_of(page_response(random)));
}

TEST(Page, AsksNobodyElseForAnything) {
    EXPECT_THAT(kPageTemplate, Not(HasSubstr("src=")));
    EXPECT_THAT(kPageTemplate, Not(HasSubstr("http://")));
    EXPECT_THAT(kPageTemplate, Not(HasSubstr("https://")));
    EXPECT_THAT(kPageTemplate, Not(HasSubstr("@import")));
    EXPECT_THAT(kPageTemplate, Not(HasSubstr("style=\"")));
}

}  // namespace
}  // namespace tautline::taut
