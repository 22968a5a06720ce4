// SPDX-License-Identifier: MIT
#include <tautline/io/timer_wheel.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Instant kStart = Instant(hours(1000));

struct Node final : TimerNode {
    void on_timer(Instant now) override {
        fired.push_back(now);
        if (then) then(*this);
    }
    std::vector<Instant> fired;
    std::function<void(Node&)> then;
};

// Goes from one `next_due` to the next, as the loop does.
void run_until(TimerWheel& wheel, Instant end) {
    while (wheel.next_due() && *wheel.next_due() <= end) wheel.advance(*wheel.next_due());
    wheel.advance(end);
}

TEST(TimerWheel, HasNothingDueWhenItIsEmpty) {
    const TimerWheel wheel(kStart);

    EXPECT_EQ(wheel.next_due(), std::nullopt);
    EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, FiresAtTheDeadlineOnATick) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart + milliseconds(30));

    EXPECT_EQ(wheel.advance(kStart + milliseconds(30)), 1U);

    EXPECT_EQ(node.fired, std::vector{kStart + milliseconds(30)});
    EXPECT_FALSE(node.scheduled());
}

TEST(TimerWheel, DoesNotFireANanosecondEarly) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart + milliseconds(30));

    wheel.advance(kStart + milliseconds(30) - nanoseconds(1));

    EXPECT_TRUE(node.fired.empty());
    EXPECT_TRUE(node.scheduled());
}

TEST(TimerWheel, FiresATickLateAtMost) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart + milliseconds(30) + nanoseconds(1));

    wheel.advance(kStart + milliseconds(30) + nanoseconds(1));
    EXPECT_TRUE(node.fired.empty());
    wheel.advance(kStart + milliseconds(40));
    EXPECT_EQ(node.fired.size(), 1U);
}

TEST(TimerWheel, FiresADeadlineOfThePastAtTheNextTick) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart - seconds(5));

    EXPECT_EQ(wheel.next_due(), kStart + TimerWheel::kTick);
    wheel.advance(kStart + TimerWheel::kTick);

    EXPECT_EQ(node.fired.size(), 1U);
}

TEST(TimerWheel, DoesNotFireWhatWasCancelled) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart + seconds(1));

    wheel.cancel(node);
    wheel.advance(kStart + seconds(2));

    EXPECT_TRUE(node.fired.empty());
    EXPECT_EQ(wheel.next_due(), std::nullopt);
}

TEST(TimerWheel, IgnoresTheCancellingOfANodeThatIsNotScheduled) {
    TimerWheel wheel(kStart);
    Node node;

    wheel.cancel(node);

    EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, FiresOnceAfterBeingScheduledTwice) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, kStart + seconds(1));
    wheel.schedule(node, kStart + seconds(3));

    run_until(wheel, kStart + seconds(10));

    EXPECT_EQ(node.fired, std::vector{kStart + seconds(3)});
    EXPECT_EQ(node.due(), kStart + seconds(3));
}

TEST(TimerWheel, ForgetsANodeThatIsDestroyed) {
    TimerWheel wheel(kStart);
    auto node = std::make_unique<Node>();
    wheel.schedule(*node, kStart + seconds(1));

    node.reset();

    EXPECT_EQ(wheel.size(), 0U);
    EXPECT_EQ(wheel.advance(kStart + seconds(2)), 0U);
}

TEST(TimerWheel, LeavesTheNodesThatOutliveIt) {
    Node node;
    {
        TimerWheel wheel(kStart);
        wheel.schedule(node, kStart + seconds(1));
    }

    EXPECT_FALSE(node.scheduled());
}

TEST(TimerWheel, FiresInTheOrderOfTheTicks) {
    TimerWheel wheel(kStart);
    std::vector<int> order;
    Node nodes[3];
    for (int i = 0; i < 3; ++i) nodes[i].then = [&order, i](Node&) { order.push_back(i); };
    wheel.schedule(nodes[0], kStart + hours(2));
    wheel.schedule(nodes[1], kStart + milliseconds(20));
    wheel.schedule(nodes[2], kStart + seconds(5));

    wheel.advance(kStart + hours(3));

    EXPECT_EQ(order, (std::vector{1, 2, 0}));
}

TEST(TimerWheel, FiresAtTheRightTickAroundEveryBoundaryOfAWheel) {
    for (const std::int64_t boundary : {64LL, 64LL * 64, 64LL * 64 * 64, 64LL * 64 * 64 * 64}) {
        for (const std::int64_t ticks : {boundary - 1, boundary, boundary + 1}) {
            TimerWheel wheel(kStart);
            Node node;
            const Instant due = kStart + TimerWheel::kTick * ticks;
            wheel.schedule(node, due);

            run_until(wheel, due - nanoseconds(1));
            EXPECT_TRUE(node.fired.empty()) << ticks;
            run_until(wheel, due);
            EXPECT_EQ(node.fired.size(), 1U) << ticks;
        }
    }
}

TEST(TimerWheel, TakesTheFarthestDeadlines) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.schedule(node, Instant::max());

    run_until(wheel, kStart + hours(24 * 365 * 20));
    EXPECT_TRUE(node.fired.empty());
    run_until(wheel, kStart + hours(24 * 365 * 22));
    EXPECT_EQ(node.fired.size(), 1U);
}

TEST(TimerWheel, GoesOnAtTheEndOfItsTime) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.advance(kStart + hours(24 * 365 * 30));
    wheel.schedule(node, kStart + hours(24 * 365 * 40));

    wheel.advance(kStart + hours(24 * 365 * 41));

    EXPECT_EQ(node.fired.size(), 1U);
}

TEST(TimerWheel, IgnoresTimeThatGoesBack) {
    TimerWheel wheel(kStart);
    Node node;
    wheel.advance(kStart + seconds(5));
    wheel.schedule(node, kStart + seconds(6));

    EXPECT_EQ(wheel.advance(kStart - seconds(5)), 0U);
    wheel.advance(kStart + seconds(6));

    EXPECT_EQ(node.fired.size(), 1U);
}

TEST(TimerWheel, FiresAgainWhenScheduledInsideOfItsCall) {
    TimerWheel wheel(kStart);
    Node node;
    node.then = [&wheel](Node& self) { wheel.schedule(self, self.fired.back() + seconds(1)); };
    wheel.schedule(node, kStart + seconds(1));

    run_until(wheel, kStart + seconds(5));

    EXPECT_EQ(node.fired.size(), 5U);
}

TEST(TimerWheel, DoesNotSpinOnANodeThatIsScheduledForNowInsideOfItsCall) {
    TimerWheel wheel(kStart);
    Node node;
    node.then = [&wheel](Node& self) { wheel.schedule(self, self.fired.back()); };
    wheel.schedule(node, kStart + milliseconds(10));

    EXPECT_EQ(wheel.advance(kStart + milliseconds(10)), 1U);
    EXPECT_EQ(wheel.advance(kStart + milliseconds(20)), 1U);
}

TEST(TimerWheel, LetsACallCancelAndDestroyNodesOfTheSameTick) {
    TimerWheel wheel(kStart);
    Node first;
    Node cancelled;
    auto destroyed = std::make_unique<Node>();
    first.then = [&](Node&) {
        wheel.cancel(cancelled);
        destroyed.reset();
    };
    for (Node* node : {&first, &cancelled, destroyed.get()}) {
        wheel.schedule(*node, kStart + seconds(1));
    }

    EXPECT_EQ(wheel.advance(kStart + seconds(1)), 1U);

    EXPECT_TRUE(cancelled.fired.empty());
}

TEST(TimerWheel, LetsACallDestroyItsOwnNode) {
    TimerWheel wheel(kStart);
    auto node = std::make_unique<Node>();
    node->then = [&node](Node&) { node.reset(); };
    wheel.schedule(*node, kStart + seconds(1));

    EXPECT_EQ(wheel.advance(kStart + seconds(1)), 1U);
}

TEST(TimerWheel, HandlesAtMostAsManyNodesAsItIsAllowed) {
    TimerWheel wheel(kStart);
    std::vector<Node> nodes(10);
    for (Node& node : nodes) wheel.schedule(node, kStart + milliseconds(50));

    EXPECT_EQ(wheel.advance(kStart + milliseconds(70), 4), 4U);
    EXPECT_LE(*wheel.next_due(), kStart + milliseconds(70));
    EXPECT_EQ(wheel.advance(kStart + milliseconds(70), 4), 4U);
    EXPECT_EQ(wheel.advance(kStart + milliseconds(70), 4), 2U);
    EXPECT_EQ(wheel.next_due(), std::nullopt);
}

TEST(TimerWheel, KeepsTheOrderWhenTheLimitFallsIntoAMoveToAFinerWheel) {
    TimerWheel wheel(kStart);
    std::vector<Node> nodes(64);
    std::vector<std::int64_t> order;
    for (int i = 0; i < 64; ++i) {
        nodes[static_cast<std::size_t>(i)].then = [&order, i](Node&) { order.push_back(i); };
        wheel.schedule(nodes[static_cast<std::size_t>(i)], kStart + TimerWheel::kTick * (64 + i));
    }

    for (int i = 0; i < 1'000; ++i) wheel.advance(kStart + seconds(10), 3);

    EXPECT_EQ(order.size(), 64U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(TimerWheel, TellsWhenSomethingEarlierIsDueAndWhenNothingIs) {
    int changes = 0;
    TimerWheel wheel(kStart, [&changes] { ++changes; });
    Node one;
    Node two;

    wheel.schedule(one, kStart + milliseconds(100));
    EXPECT_EQ(changes, 1);
    wheel.schedule(two, kStart + milliseconds(200));
    EXPECT_EQ(changes, 1);
    wheel.schedule(two, kStart + milliseconds(50));
    EXPECT_EQ(changes, 2);
    wheel.cancel(one);
    EXPECT_EQ(changes, 2);
    wheel.cancel(two);
    EXPECT_EQ(changes, 3);
}

TEST(TimerWheel, StaysUsableAfterACallThatThrew) {
    TimerWheel wheel(kStart);
    Node thrower;
    Node other;
    thrower.then = [](Node&) { throw 1; };
    wheel.schedule(thrower, kStart + milliseconds(10));
    wheel.schedule(other, kStart + milliseconds(10));

    EXPECT_THROW(wheel.advance(kStart + seconds(1)), int);

    EXPECT_LE(*wheel.next_due(), kStart + seconds(1));
    EXPECT_EQ(wheel.advance(kStart + seconds(1)), 1U);
}

TEST(TimerWheel, FiresEveryOneOfManyRandomDeadlinesInItsTick) {
    std::mt19937_64 random(7);
    TimerWheel wheel(kStart);
    std::vector<std::unique_ptr<Node>> nodes;
    Instant now = kStart;
    for (int round = 0; round < 2'000; ++round) {
        nodes.push_back(std::make_unique<Node>());
        const auto wait = milliseconds(1 << random() % 24) + nanoseconds(random() % 1'000);
        wheel.schedule(*nodes.back(), now + wait);
        now += milliseconds(random() % 3'000);
        run_until(wheel, now);
    }
    run_until(wheel, now + hours(6));

    for (const auto& node : nodes) {
        ASSERT_EQ(node->fired.size(), 1U);
        ASSERT_GE(node->fired[0], node->due());
        ASSERT_LE(node->fired[0] - node->due(), 2 * TimerWheel::kTick);
    }
}

TEST(TimerWheel, FiresNoneOfManyThatWereCancelled) {
    std::mt19937_64 random(8);
    TimerWheel wheel(kStart);
    std::vector<Node> nodes(2'000);
    for (Node& node : nodes) wheel.schedule(node, kStart + milliseconds(1 << random() % 24));
    wheel.advance(kStart + milliseconds(5));

    for (Node& node : nodes) wheel.cancel(node);

    EXPECT_EQ(wheel.size(), 0U);
    EXPECT_EQ(wheel.next_due(), std::nullopt);
    EXPECT_EQ(wheel.advance(kStart + hours(6)), 0U);
}

TEST(TimerWheel, RowL16TicksInConstantTimeWithAMillionNodesOfOneDeadline) {
    TimerWheel wheel(kStart);
    std::vector<Node> nodes(1'000'000);
    for (Node& node : nodes) wheel.schedule(node, kStart + seconds(30));

    // Before the deadline no node is touched but for the moves to finer wheels.
    for (int tick = 1; tick < 2'000; ++tick) {
        ASSERT_EQ(wheel.advance(kStart + TimerWheel::kTick * tick, 0), 0U);
        ASSERT_GT(*wheel.next_due(), kStart + TimerWheel::kTick * tick);
    }
    std::size_t fired = 0;
    while (wheel.size() > 0) {
        const std::size_t now = wheel.advance(kStart + seconds(30), 1'024);
        ASSERT_LE(now, 1'024U);
        fired += now;
    }

    EXPECT_EQ(fired, 1'000'000U);
}

}  // namespace
}  // namespace tautline::io
