// SPDX-License-Identifier: MIT
#include <tautline/session/inbox.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

constexpr std::size_t kRecord = 9;  // what a message costs beside its bytes

struct InboxTest : testing::Test {
    [[nodiscard]] bool push(std::size_t bytes) {
        const std::string text(bytes - kRecord, 'x');
        return inbox.push({MessageType::binary, as_bytes(text)});
    }
    std::size_t count() {
        std::size_t taken = 0;
        for (; !inbox.empty(); ++taken) (void)inbox.pop();
        return taken;
    }
    Inbox inbox{1000};
};

TEST_F(InboxTest, GivesMessagesInOrder) {
    (void)inbox.push({MessageType::text, as_bytes("one")});
    (void)inbox.push({MessageType::text, as_bytes("two")});

    EXPECT_EQ(inbox.pop().text(), "one");
    EXPECT_EQ(inbox.pop().text(), "two");
    EXPECT_TRUE(inbox.empty());
}

TEST_F(InboxTest, StopsReadingAboveHighWaterOnce) {
    EXPECT_FALSE(push(1000));
    EXPECT_TRUE(push(10));
    EXPECT_FALSE(push(10)) << "told already";
}

TEST_F(InboxTest, GoesOnAtAQuarterOfIt) {
    EXPECT_FALSE(push(800));
    EXPECT_TRUE(push(251));
    EXPECT_FALSE(inbox.resumes());
    (void)inbox.pop();
    EXPECT_FALSE(inbox.resumes()) << "251 of 1000 are left";
    (void)inbox.pop();
    EXPECT_TRUE(inbox.resumes());
    EXPECT_FALSE(inbox.resumes()) << "told already";
}

TEST_F(InboxTest, GoesOnWithAQuarterLeft) {
    EXPECT_FALSE(push(800));
    EXPECT_TRUE(push(250));
    (void)inbox.pop();
    EXPECT_TRUE(inbox.resumes());
}

TEST_F(InboxTest, MayStopAgain) {
    EXPECT_TRUE(push(1001));
    (void)inbox.pop();
    EXPECT_TRUE(inbox.resumes());
    EXPECT_TRUE(push(1001));
}

TEST_F(InboxTest, DropsWhatOverflowsInsteadOfStopping) {
    EXPECT_FALSE(inbox.stop_pausing());
    EXPECT_FALSE(push(1001));
    EXPECT_FALSE(push(10));

    EXPECT_EQ(count(), 1U);
    EXPECT_FALSE(inbox.resumes());
}

TEST_F(InboxTest, GoesOnWhenItMayNotStopAnyMore) {
    EXPECT_TRUE(push(1001));
    EXPECT_TRUE(inbox.stop_pausing());
    EXPECT_FALSE(inbox.stop_pausing()) << "told already";
    EXPECT_EQ(count(), 1U) << "what has arrived can still be taken";
}

TEST_F(InboxTest, KeepsNothingWhenNobodyTakesIt) {
    EXPECT_TRUE(push(1001));
    EXPECT_TRUE(inbox.stop_keeping());
    EXPECT_FALSE(push(10));
    EXPECT_FALSE(inbox.stop_pausing());
    EXPECT_FALSE(push(10));

    EXPECT_TRUE(inbox.empty());
}

}  // namespace
}  // namespace tautline::session
