// SPDX-License-Identifier: MIT
#include <tautline/io/warm_set.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kPlaces = 128;

struct Node final : WarmNode {
    using WarmNode::warm;
    int idle = 0;

private:
    void on_idle() override { ++idle; }
};

struct WarmSetTest : testing::Test {
    void pass(Duration time) {
        for (const Instant end = now + time; now < end;) {
            now += TimerWheel::kTick;
            timers.advance(now);
        }
    }
    // Takes all places.
    void fill() {
        for (Node& one : crowd) set->use(one);
    }

    Instant now = Instant(hours(1000));
    TimerWheel timers{now};
    std::optional<WarmSet> set{std::in_place, timers, [this] { return now; }};
    Node node;
    Node other;
    std::vector<Node> crowd{kPlaces};
};

TEST_F(WarmSetTest, TakesInWhoIsUsed) {
    EXPECT_FALSE(node.warm());

    set->use(node);

    EXPECT_TRUE(node.warm());
    EXPECT_EQ(node.idle, 0);
}

TEST_F(WarmSetTest, KeepsWhoIsUsedAgainAndAgain) {
    for (int i = 0; i < 10; ++i) {
        set->use(node);
        pass(milliseconds(900));
    }

    EXPECT_TRUE(node.warm());
    EXPECT_EQ(node.idle, 0);
}

TEST_F(WarmSetTest, PutsOutWhoIsNotUsedForASecondOrTwo) {
    set->use(node);

    pass(milliseconds(1990));
    EXPECT_TRUE(node.warm());
    pass(milliseconds(10));

    EXPECT_FALSE(node.warm());
    EXPECT_EQ(node.idle, 1);
}

TEST_F(WarmSetTest, PutsOutOnlyTheIdleOnes) {
    fill();
    for (int i = 0; i < 3; ++i) {
        pass(seconds(1));
        for (std::size_t k = 0; k < kPlaces; k += 3) set->use(crowd[k]);
    }

    for (std::size_t k = 0; k < kPlaces; ++k) EXPECT_EQ(crowd[k].idle, k % 3 == 0 ? 0 : 1) << k;
    EXPECT_EQ(set->size(), 43U);
}

TEST_F(WarmSetTest, TakesThemInAgain) {
    set->use(node);
    pass(seconds(2));

    set->use(node);
    EXPECT_TRUE(node.warm());
    pass(seconds(2));

    EXPECT_EQ(node.idle, 2);
}

TEST_F(WarmSetTest, TakesInNobodyWhileItIsFull) {
    fill();

    set->use(node);

    EXPECT_FALSE(node.warm());
    EXPECT_EQ(set->size(), kPlaces);
    EXPECT_EQ(crowd[0].idle, 0);
}

TEST_F(WarmSetTest, HasRoomAgainWhenOneLeaves) {
    fill();
    set->remove(crowd[17]);

    set->use(node);
    set->use(other);

    EXPECT_TRUE(node.warm());
    EXPECT_FALSE(other.warm());
    EXPECT_FALSE(crowd[17].warm());
    EXPECT_EQ(crowd[17].idle, 0);
}

TEST_F(WarmSetTest, KnowsEachOfTheOthersWhenSomeLeave) {
    fill();
    const std::vector<std::size_t> leavers{0, kPlaces - 1, 5, kPlaces - 3, kPlaces - 2};
    for (const std::size_t k : leavers) set->remove(crowd[k]);
    EXPECT_EQ(set->size(), kPlaces - leavers.size());

    pass(seconds(2));

    for (std::size_t k = 0; k < kPlaces; ++k) {
        EXPECT_EQ(crowd[k].idle, std::ranges::find(leavers, k) != leavers.end() ? 0 : 1) << k;
    }
}

TEST_F(WarmSetTest, HasRoomAgainWhenTheOthersAreIdle) {
    fill();
    pass(seconds(2));

    set->use(node);

    EXPECT_TRUE(node.warm());
    EXPECT_EQ(set->size(), 1U);
}

TEST_F(WarmSetTest, ForgetsWhoIsDestroyed) {
    auto first = std::make_unique<Node>();
    set->use(*first);
    set->use(node);
    first.reset();
    EXPECT_EQ(set->size(), 1U);

    pass(seconds(2));

    EXPECT_EQ(node.idle, 1);
}

TEST_F(WarmSetTest, HasATimerOnlyWhileSomebodyIsInIt) {
    EXPECT_EQ(timers.size(), 0U);
    set->use(node);
    set->use(other);
    EXPECT_EQ(timers.size(), 1U);
    pass(seconds(1));
    EXPECT_EQ(timers.size(), 1U);
    pass(seconds(1));
    EXPECT_EQ(timers.size(), 0U);
}

TEST_F(WarmSetTest, StopsItsTimerWhenTheLastOneIsRemoved) {
    set->use(node);
    set->use(other);
    set->remove(node);
    set->remove(node);
    EXPECT_EQ(timers.size(), 1U);

    set->remove(other);

    EXPECT_EQ(timers.size(), 0U);
}

TEST_F(WarmSetTest, IsEmptyWhenItWasCleared) {
    fill();

    set->clear();

    EXPECT_EQ(set->size(), 0U);
    EXPECT_EQ(timers.size(), 0U);
    EXPECT_FALSE(crowd[5].warm());
    EXPECT_EQ(crowd[5].idle, 0);
}

TEST_F(WarmSetTest, MayEndBeforeItsNodes) {
    set->use(node);

    set.reset();

    EXPECT_FALSE(node.warm());
    EXPECT_EQ(timers.size(), 0U);
}

}  // namespace
}  // namespace tautline::io
