// SPDX-License-Identifier: MIT
#include <tautline/io/turn_queue.hpp>

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

struct Node final : TurnNode {
    void on_turn() override {
        ++turns;
        if (then) then();
    }
    int turns = 0;
    std::move_only_function<void()> then;
};

struct TurnQueueTest : testing::Test {
    int asked = 0;
    TurnQueue queue{[this] { ++asked; }};
};

TEST_F(TurnQueueTest, CallsEachNodeOnce) {
    Node one;
    Node two;
    queue.add(one);
    queue.add(two);

    queue.run();
    queue.run();

    EXPECT_EQ(one.turns, 1);
    EXPECT_EQ(two.turns, 1);
}

TEST_F(TurnQueueTest, AsksOnceForARun) {
    Node one;
    Node two;

    queue.add(one);
    queue.add(two);
    queue.add(one);

    EXPECT_EQ(asked, 1);
}

TEST_F(TurnQueueTest, CallsInTheOrderOfAdding) {
    std::vector<int> order;
    Node one;
    Node two;
    one.then = [&order] { order.push_back(1); };
    two.then = [&order] { order.push_back(2); };
    queue.add(two);
    queue.add(one);

    queue.run();

    EXPECT_EQ(order, (std::vector{2, 1}));
}

TEST_F(TurnQueueTest, LeavesWhatIsAddedMeanwhileForTheNextRun) {
    Node one;
    Node two;
    one.then = [&] {
        queue.add(one);
        queue.add(two);
    };
    queue.add(one);

    queue.run();
    EXPECT_EQ(one.turns, 1);
    EXPECT_EQ(two.turns, 0);
    EXPECT_EQ(asked, 2);

    queue.run();
    EXPECT_EQ(one.turns, 2);
    EXPECT_EQ(two.turns, 1);
}

TEST_F(TurnQueueTest, ForgetsANodeThatIsDestroyedInACall) {
    Node one;
    auto last = std::make_unique<Node>();
    auto middle = std::make_unique<Node>();
    one.then = [&] {
        last.reset();
        middle.reset();
    };
    queue.add(one);
    queue.add(*middle);
    queue.add(*last);

    queue.run();

    EXPECT_EQ(one.turns, 1);
}

TEST_F(TurnQueueTest, CallsTheRestWhenTheLastOneOfTheTurnIsRemoved) {
    Node one;
    Node two;
    Node three;
    one.then = [&] { queue.remove(three); };
    queue.add(one);
    queue.add(two);
    queue.add(three);

    queue.run();

    EXPECT_EQ(two.turns, 1);
    EXPECT_EQ(three.turns, 0);
}

TEST_F(TurnQueueTest, LetsANodeDestroyItself) {
    auto node = std::make_unique<Node>();
    node->then = [&node] { node.reset(); };
    queue.add(*node);

    queue.run();

    EXPECT_EQ(node, nullptr);
}

TEST_F(TurnQueueTest, AsksAgainForTheRestAfterACallThatThrew) {
    Node thrower;
    Node other;
    thrower.then = [] { throw 1; };
    queue.add(thrower);
    queue.add(other);

    EXPECT_THROW(queue.run(), int);
    EXPECT_EQ(asked, 2);
    queue.run();

    EXPECT_EQ(other.turns, 1);
}

TEST_F(TurnQueueTest, IgnoresTheRemovalOfANodeThatDoesNotWait) {
    Node node;

    queue.remove(node);
    queue.run();

    EXPECT_EQ(node.turns, 0);
}

TEST(TurnQueue, LeavesTheNodesThatOutliveIt) {
    Node node;
    {
        TurnQueue queue([] {});
        queue.add(node);
    }

    EXPECT_EQ(node.turns, 0);
}

}  // namespace
}  // namespace tautline::io
