// SPDX-License-Identifier: MIT
#include <tautline/proto/http/challenge.hpp>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::http {
namespace {

using Challenges = std::vector<Challenge>;

std::optional<Challenges> read(std::string_view text) {
    const test::ExactCopy copy(as_bytes(text));
    return read_challenges(as_text(copy.bytes()));
}

// RFC 9110 section 11.6.1: the example with a comma of each kind.
TEST(Challenge, ReadsTheExampleOfTheStandard) {
    EXPECT_EQ(
        read(R"(Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"")"),
        (Challenges{
            {"Basic", "", {{"realm", "simple"}}},
            {"Newauth", "", {{"realm", "apps"}, {"type", "1"}, {"title", "Login to \"apps\""}}}}));
}

TEST(Challenge, ReadsSchemesAlone) {
    EXPECT_EQ(read("Negotiate, NTLM"), (Challenges{{"Negotiate", "", {}}, {"NTLM", "", {}}}));
}

TEST(Challenge, ReadsToken68) {
    EXPECT_EQ(read("Negotiate YII+/-._~9==, Basic realm=x"),
              (Challenges{{"Negotiate", "YII+/-._~9==", {}}, {"Basic", "", {{"realm", "x"}}}}));
}

TEST(Challenge, TakesBlanksAroundEqualsAndEmptyElements) {
    EXPECT_EQ(read(",, Basic \t realm = \"a\" ,, charset\t=UTF-8,"),
              (Challenges{{"Basic", "", {{"realm", "a"}, {"charset", "UTF-8"}}}}));
}

TEST(Challenge, CommasAndSchemesInsideQuotesAreText) {
    EXPECT_EQ(read(R"(Digest realm="a, Basic realm=\"x\"", qop="auth,auth-int")"),
              (Challenges{
                  {"Digest", "", {{"realm", R"(a, Basic realm="x")"}, {"qop", "auth,auth-int"}}}}));
}

TEST(Challenge, AnEmptyFieldHasNone) { EXPECT_EQ(read(""), Challenges()); }

TEST(Challenge, RefusesWhatIsNotTheGrammar) {
    for (const char* text :
         {"realm=\"x\"", "Basic realm=\"x", "Basic realm=\"x\"y", "Basic realm=x y",
          "Negotiate abc==, realm=x", "Basic =", "B@sic", "Basic realm=x, title==", "\"Basic\"",
          "Basic realm=\"\x01\"", "Basic realm=x; charset=y", "Negotiate ="}) {
        EXPECT_EQ(read(text), std::nullopt) << text;
    }
}

TEST(Challenge, FindsParametersAndSchemesInAnyCase) {
    const auto list = read("NTLM, bAsIc Realm=x");
    ASSERT_TRUE(list);
    const Challenge* basic = find_challenge(*list, "Basic");
    ASSERT_TRUE(basic);
    EXPECT_EQ(basic->find("realm"), "x");
    EXPECT_EQ(basic->find("charset"), std::nullopt);
    EXPECT_FALSE(find_challenge(*list, "Digest"));
}

TEST(Challenge, EveryPrefixIsReadOrRefused) {
    const std::string whole = R"(Negotiate a==, Basic realm="a\"b", charset="UTF-8", X y=z)";
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        const auto list = read(whole.substr(0, length));
        if (list) {
            EXPECT_LE(list->size(), 3u);
        }
    }
}

}  // namespace
}  // namespace tautline::http
