// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/match_finder.hpp>

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tautline/base/bytes.hpp>

namespace tautline::deflate {
namespace {

// In a copy that ends where its heap block ends.
std::vector<Match> matches_of(MatchFinder& finder, std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    const auto matches = finder.find(as_bytes({exact.data(), exact.size()}));
    return {matches.begin(), matches.end()};
}

std::vector<Match> matches_of(std::string_view text) {
    const auto finder = std::make_unique<MatchFinder>();
    return matches_of(*finder, text);
}

// What an inflater makes of the matches, given the literals.
std::string rebuilt(const std::vector<Match>& matches, std::string_view text) {
    std::string built;
    for (const Match& match : matches) {
        built += text.substr(built.size(), match.literals);
        EXPECT_GE(match.length, MatchFinder::kShortest);
        EXPECT_LE(match.length, 258);
        EXPECT_GE(match.distance, 1);
        EXPECT_LE(match.distance, built.size());
        for (std::size_t left = match.length; left > 0; --left) {
            built += built[built.size() - match.distance];
        }
    }
    return built + std::string(text.substr(built.size()));
}

std::string words(unsigned seed, std::size_t size, std::size_t kinds) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) text += std::to_string(random() % kinds) + "-";
    text.resize(size);
    return text;
}

TEST(MatchFinder, FindsWhatIsRepeated) {
    EXPECT_EQ(matches_of("abcdefgh--abcdefgh........"),
              (std::vector<Match>{{.literals = 10, .length = 8, .distance = 10}}));
}

TEST(MatchFinder, FindsARunAsAMatchOfTheByteBefore) {
    EXPECT_EQ(matches_of(std::string(20, 'x')),
              (std::vector<Match>{{.literals = 1, .length = 19, .distance = 1}}));
}

TEST(MatchFinder, TakesALongerMatchThatBeginsOneByteLater) {
    // "abcd" of the end is in the front, and so is "bcdefghi".
    const auto matches = matches_of("abcd1bcdefghi2abcdefghiABCDEFGH");

    ASSERT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches[0], (Match{.literals = 15, .length = 8, .distance = 10}));
}

TEST(MatchFinder, FindsNothingInShortOrNewBytes) {
    EXPECT_TRUE(matches_of("a").empty());
    EXPECT_TRUE(matches_of("aaaaaaaa").empty());
    EXPECT_TRUE(matches_of("abcdefghijklmnopqrstuvwxyz").empty());
}

TEST(MatchFinder, MatchesAtMostAsManyBytesAsALengthCanTell) {
    const auto matches = matches_of(std::string(1000, 'x'));

    ASSERT_GE(matches.size(), 3U);
    EXPECT_EQ(matches[0].length, 258);
    EXPECT_EQ(matches[1], (Match{.literals = 0, .length = 258, .distance = 1}));
}

TEST(MatchFinder, ItsMatchesGiveBackTheMessage) {
    const auto finder = std::make_unique<MatchFinder>();
    for (std::size_t size = 1; size <= 1200; ++size) {
        const std::string text = words(static_cast<unsigned>(size), size, 3 + size % 200);

        ASSERT_EQ(rebuilt(matches_of(*finder, text), text), text);
    }
    for (const std::size_t size : {2048U, 2049U, 8191U, 8192U}) {
        const std::string text = words(1, size, 1000);
        const std::string zeros(size, '\0');

        EXPECT_EQ(rebuilt(matches_of(*finder, text), text), text);
        EXPECT_EQ(rebuilt(matches_of(*finder, zeros), zeros), zeros);
    }
}

TEST(MatchFinder, TakesVeryManyMatches) {
    std::string text = "abcdefgh";
    std::mt19937 random(1);
    while (text.size() < MatchFinder::kLargestMessage) {
        text += text.substr(random() % (text.size() - 4), 4);
    }
    text.resize(MatchFinder::kLargestMessage);

    const auto matches = matches_of(text);

    EXPECT_GT(matches.size(), 1600U);
    EXPECT_EQ(rebuilt(matches, text), text);
}

TEST(MatchFinder, ForgetsTheMessageBefore) {
    const auto finder = std::make_unique<MatchFinder>();
    const std::string text = words(3, 4096, 100);
    (void)matches_of(*finder, words(4, 8192, 100));

    EXPECT_EQ(matches_of(*finder, text), matches_of(text));
}

TEST(MatchFinder, StopsTheProgramForMessagesThatItDoesNotTake) {
    EXPECT_DEATH((void)matches_of(""), "contract");
    EXPECT_DEATH((void)matches_of(std::string(MatchFinder::kLargestMessage + 1, 'a')), "contract");
}

}  // namespace
}  // namespace tautline::deflate
