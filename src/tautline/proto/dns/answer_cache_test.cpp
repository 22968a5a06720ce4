// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/answer_cache.hpp>

#include <gtest/gtest.h>

namespace tautline::dns {
namespace {

using namespace std::chrono_literals;
constexpr Instant kStart{};

struct Cache : testing::Test {
    AnswerCache<int> cache{2};
};

TEST_F(Cache, KeepsAnAnswerForItsTime) {
    cache.add("a", 1, 7, 60, kStart);

    EXPECT_EQ(cache.find("a", 1, false, kStart + 59s)->answer, 7);
    EXPECT_FALSE(cache.find("a", 1, false, kStart + 60s));
    EXPECT_FALSE(cache.find("a", 28, false, kStart));
    EXPECT_FALSE(cache.find("b", 1, false, kStart));
}

TEST_F(Cache, GivesAStaleAnswerWhereThatWillDo) {
    cache.add("a", 1, 7, 60, kStart);

    EXPECT_FALSE(cache.find("a", 1, true, kStart)->stale);
    EXPECT_TRUE(cache.find("a", 1, true, kStart + 60s)->stale);
    EXPECT_FALSE(cache.find("a", 1, true, kStart + 60s + 24h));
}

TEST_F(Cache, KeepsNothingWithoutATime) {
    cache.add("a", 1, 7, 0, kStart);

    EXPECT_EQ(cache.size(), 0U);
}

TEST_F(Cache, ForgetsWhatAnAnswerWithoutATimeReplaces) {
    cache.add("a", 1, 7, 60, kStart);
    cache.add("a", 28, 8, 60, kStart);

    cache.add("a", 1, 0, 0, kStart + 90s);

    EXPECT_FALSE(cache.find("a", 1, true, kStart + 90s));
    EXPECT_TRUE(cache.find("a", 28, true, kStart + 90s));
}

TEST_F(Cache, ForgetsWhatEndsFirst) {
    cache.add("a", 1, 1, 60, kStart);
    cache.add("b", 1, 2, 30, kStart);
    cache.add("c", 1, 3, 90, kStart);

    EXPECT_EQ(cache.size(), 2U);
    EXPECT_FALSE(cache.find("b", 1, true, kStart));
    EXPECT_TRUE(cache.find("a", 1, false, kStart));
}

TEST_F(Cache, ReplacesAnAnswer) {
    cache.add("a", 1, 1, 60, kStart);
    cache.add("b", 1, 2, 60, kStart);
    cache.add("a", 1, 3, 60, kStart);

    EXPECT_EQ(cache.find("a", 1, false, kStart)->answer, 3);
    EXPECT_EQ(cache.size(), 2U);
}

TEST_F(Cache, HoldsNoAnswerForLongerThanADay) {
    cache.add("a", 1, 1, 0xffffffff, kStart);

    EXPECT_TRUE(cache.find("a", 1, false, kStart + 23h));
    EXPECT_FALSE(cache.find("a", 1, false, kStart + 24h));
}

}  // namespace
}  // namespace tautline::dns
