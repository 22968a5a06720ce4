// SPDX-License-Identifier: MIT
#include <tautline/session/message_queue.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

TEST(MessageQueue, GivesMessagesBackInOrderWithTheirTypes) {
    MessageQueue queue;
    queue.push({MessageType::text, as_bytes("one")});
    queue.push({MessageType::binary, {}});
    queue.push({MessageType::text, as_bytes(std::string(100000, 'x'))});

    const Part one = queue.pop();
    EXPECT_TRUE(one.is_text());
    EXPECT_EQ(one.text(), "one");
    EXPECT_EQ(queue.pop().type(), MessageType::binary);
    EXPECT_EQ(queue.pop().bytes().size(), 100000U);
    EXPECT_TRUE(queue.empty());
}

TEST(MessageQueue, GivesPartsBackWithTheirPlaces) {
    MessageQueue queue;
    for (const bool first : {true, false}) {
        for (const bool last : {true, false}) {
            queue.push({MessageType::binary, as_bytes("x"), first, last});
        }
    }

    for (const bool first : {true, false}) {
        for (const bool last : {true, false}) {
            const Part part = queue.pop();
            EXPECT_EQ(part.type(), MessageType::binary);
            EXPECT_EQ(part.first(), first);
            EXPECT_EQ(part.last(), last);
        }
    }
}

TEST(MessageQueue, L08_AnEmptyMessageCostsNineBytes) {
    MessageQueue queue;
    for (int i = 0; i < 1000; ++i) queue.push({MessageType::text, {}});
    EXPECT_EQ(queue.bytes(), 9000U);
}

TEST(MessageQueue, KeepsTheOrderOfMessagesThatComeWhileOthersAreTaken) {
    MessageQueue queue;
    queue.push({MessageType::text, as_bytes("one")});
    queue.push({MessageType::text, as_bytes("two")});
    EXPECT_EQ(queue.pop().text(), "one");
    queue.push({MessageType::text, as_bytes("three")});

    EXPECT_EQ(queue.pop().text(), "two");
    EXPECT_EQ(queue.pop().text(), "three");
}

TEST(MessageQueue, HoldsNothingAfterItWasCleared) {
    MessageQueue queue;
    for (int i = 0; i < 3; ++i) queue.push({MessageType::text, as_bytes("one")});
    queue.clear();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(MessageQueueDeathTest, HasNoMessageWhenItIsEmpty) {
    MessageQueue queue;
    EXPECT_DEATH((void)queue.pop(), "contract broken");
}

}  // namespace
}  // namespace tautline::session
