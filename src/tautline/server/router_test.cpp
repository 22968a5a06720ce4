// SPDX-License-Identifier: MIT
#include <tautline/server/router.hpp>

#include <initializer_list>

#include <gtest/gtest.h>

namespace tautline::server {
namespace {

Router router_of(std::initializer_list<std::string_view> patterns) {
    Router router;
    for (const auto pattern : patterns) router.add(pattern);
    return router;
}

constexpr std::size_t kNone = 99;

std::size_t route_for(const Router& router, std::string_view path) {
    const auto match = router.find(path);
    return match ? match->route : kNone;
}

std::string parameter(const Router& router, std::string_view path) {
    const auto match = router.find(path);
    return match && match->parameters.size() == 1 ? match->parameters[0].second : "(none)";
}

TEST(Router, NumbersItsPatternsInTheOrderTheyAreAdded) {
    Router router;

    EXPECT_EQ(router.add("/z"), 0U);
    EXPECT_EQ(router.add("/a"), 1U);
    EXPECT_EQ(route_for(router, "/z"), 0U);
    EXPECT_EQ(route_for(router, "/a"), 1U);
}

TEST(Router, FindsTheRoot) { EXPECT_EQ(route_for(router_of({"/"}), "/"), 0U); }

TEST(Router, FindsNothingWithoutPatterns) {
    EXPECT_EQ(Router().find("/").error(), Router::Miss::not_found);
}

TEST(Router, ComparesLiterals) {
    const auto router = router_of({"/chat"});

    EXPECT_EQ(route_for(router, "/chat"), 0U);
    EXPECT_EQ(route_for(router, "/Chat"), kNone);
    EXPECT_EQ(route_for(router, "/cha"), kNone);
    EXPECT_EQ(route_for(router, "/chats"), kNone);
}

// RFC 3986 section 6.2.2.2.
TEST(Router, TakesAnEscapedLetterOfALiteralForTheLetter) {
    const auto router = router_of({"/chat", "/a/b", "/{name}"});

    EXPECT_EQ(route_for(router, "/%63hat"), 0U);
    EXPECT_EQ(route_for(router, "/%63%68%61%74"), 0U);
    EXPECT_EQ(route_for(router, "/%43hat"), 2U);
    EXPECT_EQ(route_for(router, "/%61/%62"), 1U);
}

TEST(Router, KeepsAnEscapedSlashInsideItsSegment) {
    EXPECT_EQ(route_for(router_of({"/a/b"}), "/a%2Fb"), kNone);
    EXPECT_EQ(route_for(router_of({"/a%2Fb"}), "/a%2fb"), 0U);
    EXPECT_EQ(route_for(router_of({"/a%2Fb"}), "/a/b"), kNone);
}

TEST(Router, DecodesALiteralOnce) {
    const auto router = router_of({"/chat"});

    EXPECT_EQ(route_for(router, "/%2563hat"), kNone);
    EXPECT_EQ(route_for(router, "/%25%36%33hat"), kNone);
    EXPECT_EQ(route_for(router, "/%zzchat"), kNone);
}

TEST(Router, TakesASlashAtTheEndForAnotherPath) {
    const auto router = router_of({"/chat", "/chat/"});

    EXPECT_EQ(route_for(router, "/chat"), 0U);
    EXPECT_EQ(route_for(router, "/chat/"), 1U);
    EXPECT_EQ(route_for(router, "/chat//"), kNone);
}

TEST(Router, NormalisesNothing) {
    const auto router = router_of({"/a/b"});

    EXPECT_EQ(route_for(router, "//a/b"), kNone);
    EXPECT_EQ(route_for(router, "/a//b"), kNone);
    EXPECT_EQ(route_for(router, "/a/./b"), kNone);
    EXPECT_EQ(route_for(router, "/x/../a/b"), kNone);
}

TEST(Router, RefusesWhatIsNoPath) {
    const auto router = router_of({"/{rest...}"});

    EXPECT_EQ(route_for(router, ""), kNone);
    EXPECT_EQ(route_for(router, "chat"), kNone);
    EXPECT_EQ(route_for(router, "*"), kNone);
}

TEST(Router, GivesParametersByName) {
    const auto match = router_of({"/rooms/{room}/users/{user_1}"}).find("/rooms/red/users/ann");

    ASSERT_TRUE(match);
    EXPECT_EQ(match->parameters, (Parameters{{"room", "red"}, {"user_1", "ann"}}));
}

TEST(Router, TakesExactlyOneSegmentForAParameter) {
    const auto router = router_of({"/rooms/{room}"});

    EXPECT_EQ(route_for(router, "/rooms"), kNone);
    EXPECT_EQ(route_for(router, "/rooms/"), kNone);
    EXPECT_EQ(route_for(router, "/rooms/a/b"), kNone);
    EXPECT_EQ(route_for(router, "/rooms/a/"), kNone);
}

TEST(Router, TakesAllThatIsLeftForARest) {
    const auto router = router_of({"/files/{path...}"});

    EXPECT_EQ(parameter(router, "/files/a/b.txt"), "a/b.txt");
    EXPECT_EQ(parameter(router, "/files/a/"), "a/");
    EXPECT_EQ(parameter(router, "/files/"), "");
    EXPECT_EQ(route_for(router, "/files"), kNone);
}

TEST(Router, DecodesParameters) {
    const auto router = router_of({"/rooms/{room}"});

    EXPECT_EQ(parameter(router, "/rooms/a%20b%2Fc"), "a b/c");
    EXPECT_EQ(parameter(router, "/rooms/a+b"), "a+b");
}

TEST(Router, DecodesAParameterOnce) {
    EXPECT_EQ(parameter(router_of({"/rooms/{room}"}), "/%72ooms/%2541"), "%41");
}

TEST(Router, DecodesARest) {
    EXPECT_EQ(parameter(router_of({"/{path...}"}), "/a/%2e%2E/b"), "a/../b");
}

TEST(Router, TellsBadEncodingApart) {
    const auto router = router_of({"/rooms/{room}"});

    EXPECT_EQ(router.find("/rooms/%").error(), Router::Miss::bad_encoding);
    EXPECT_EQ(router.find("/rooms/%4").error(), Router::Miss::bad_encoding);
    EXPECT_EQ(router.find("/rooms/%4g").error(), Router::Miss::bad_encoding);
}

TEST(Router, PrefersALiteralToAParameterToARest) {
    const auto router = router_of({"/{path...}", "/{name}", "/about"});

    EXPECT_EQ(route_for(router, "/about"), 2U);
    EXPECT_EQ(route_for(router, "/other"), 1U);
    EXPECT_EQ(route_for(router, "/about/us"), 0U);
}

TEST(Router, PrefersFromTheLeft) {
    const auto router = router_of({"/{a}/x", "/b/{c}"});

    EXPECT_EQ(route_for(router, "/b/x"), 1U);
    EXPECT_EQ(route_for(router, "/a/x"), 0U);
}

TEST(Router, TriesALessExactPatternWhenAMoreExactOneEndsElsewhere) {
    const auto router = router_of({"/a/b/c", "/a/{x}/d"});

    EXPECT_EQ(route_for(router, "/a/b/d"), 1U);
}

TEST(Router, PrefersTheSameWhateverTheOrderOfAdding) {
    const auto router = router_of({"/about", "/{name}", "/{path...}"});

    EXPECT_EQ(route_for(router, "/about"), 0U);
    EXPECT_EQ(route_for(router, "/other"), 1U);
}

// ── what cannot be added ──

std::string problem(std::string_view pattern) { return Router().problem_with(pattern); }

TEST(RouterProblem, IsNoneWithAGoodPattern) {
    for (const char* good :
         {"/", "/a", "/a/", "/{a}", "/{a}/{b}", "/a/{rest...}", "/a%20b", "//"}) {
        EXPECT_EQ(problem(good), "") << good;
    }
}

TEST(RouterProblem, IsAPatternThatBeginsOtherwise) {
    for (const char* bad : {"", "chat", "{a}"}) {
        EXPECT_EQ(problem(bad), "a pattern begins with a slash") << bad;
    }
}

TEST(RouterProblem, IsAParameterThatIsNone) {
    for (const char* bad :
         {"/{", "/}", "/{}", "/{...}", "/{a}b", "/a{b}", "/{a b}", "/{a", "/{a..}", "/{{a}}"}) {
        EXPECT_EQ(problem(bad), "a parameter is a whole segment: {name}, or {name...} at the end")
            << bad;
    }
}

TEST(RouterProblem, IsARestThatIsNotTheLast) {
    EXPECT_EQ(problem("/{a...}/b"), "nothing can follow {name...}");
}

TEST(RouterProblem, IsANameThatIsThereTwice) {
    EXPECT_EQ(problem("/{a}/{a}"), "two parameters have the same name");
    EXPECT_EQ(problem("/{a}/x/{a...}"), "two parameters have the same name");
    EXPECT_EQ(problem("/a/{a}/a"), "");
}

TEST(RouterProblem, IsACharacterThatNoPathHas) {
    for (const char* bad : {"/a?b", "/a#b", "/a b", "/\xc3\xa4"}) {
        EXPECT_EQ(problem(bad), "no path has such a character: percent-encode it") << bad;
    }
}

TEST(RouterProblem, IsASecondPatternForTheSamePaths) {
    const auto router = router_of({"/rooms/{room}"});

    EXPECT_EQ(router.problem_with("/rooms/{name}"), "the route is there twice");
    EXPECT_EQ(router.problem_with("/%72ooms/{name}"), "the route is there twice");
    EXPECT_EQ(router.problem_with("/rooms/{name...}"), "");
    EXPECT_EQ(router.problem_with("/rooms/general"), "");
}

TEST(RouterDeathTest, StopsAtAPatternWithAProblem) {
    auto router = router_of({"/a"});
    EXPECT_DEATH(router.add("/{"), "contract broken");
    EXPECT_DEATH(router.add("/a"), "contract broken");
}

}  // namespace
}  // namespace tautline::server
