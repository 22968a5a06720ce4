// SPDX-License-Identifier: MIT
#include <tautline/session/inbox.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

constexpr std::size_t kRecord = 9;  // what a message costs beside its bytes

enum class Place : std::uint8_t { first, middle, last };

struct InboxTest : testing::Test {
    [[nodiscard]] bool push(std::size_t bytes) {
        const std::string text(bytes - kRecord, 'x');
        return inbox.push({MessageType::binary, as_bytes(text)});
    }
    std::size_t count() {
        std::size_t taken = 0;
        for (; !inbox.empty(); ++taken) (void)inbox.take_message();
        return taken;
    }
    // Of a message of bytes.
    bool push_part(std::string_view bytes, Place place) {
        return inbox.push({.type = MessageType::binary,
                           .bytes = as_bytes(bytes),
                           .first = place == Place::first,
                           .last = place == Place::last});
    }
    Inbox inbox{1000};
};

TEST_F(InboxTest, GivesMessagesInOrder) {
    (void)inbox.push({MessageType::text, as_bytes("one")});
    (void)inbox.push({MessageType::text, as_bytes("two")});

    EXPECT_EQ(inbox.take_message()->text(), "one");
    EXPECT_EQ(inbox.take_message()->text(), "two");
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
    (void)inbox.take_message();
    EXPECT_FALSE(inbox.resumes()) << "251 of 1000 are left";
    (void)inbox.take_message();
    EXPECT_TRUE(inbox.resumes());
    EXPECT_FALSE(inbox.resumes()) << "told already";
}

TEST_F(InboxTest, GoesOnWithAQuarterLeft) {
    EXPECT_FALSE(push(800));
    EXPECT_TRUE(push(250));
    (void)inbox.take_message();
    EXPECT_TRUE(inbox.resumes());
}

TEST_F(InboxTest, MayStopAgain) {
    EXPECT_TRUE(push(1001));
    (void)inbox.take_message();
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

// ── messages in parts ──

TEST_F(InboxTest, GivesPartsInOrder) {
    push_part("one", Place::first);
    push_part("two", Place::middle);
    push_part("", Place::last);

    EXPECT_TRUE(inbox.take_part()->first());
    EXPECT_EQ(inbox.take_part()->text(), "two");
    EXPECT_TRUE(inbox.refuses_message(false));
    EXPECT_TRUE(inbox.take_part()->last());
    EXPECT_FALSE(inbox.refuses_message(false));
    EXPECT_FALSE(inbox.take_part());
}

TEST_F(InboxTest, GivesAMessageAsOnePart) {
    (void)inbox.push({MessageType::text, as_bytes("whole")});

    const auto part = inbox.take_part();

    EXPECT_TRUE(part->first() && part->last());
    EXPECT_FALSE(inbox.refuses_message(false));
}

TEST_F(InboxTest, JoinsThePartsOfAMessage) {
    push_part("one", Place::first);
    EXPECT_FALSE(inbox.take_message());
    push_part("two", Place::middle);
    push_part("three", Place::last);

    const auto message = inbox.take_message();

    EXPECT_EQ(message->text(), "onetwothree");
    EXPECT_EQ(message->type(), MessageType::binary);
    EXPECT_FALSE(inbox.take_message());
}

TEST_F(InboxTest, GoesOnWhenTheRestOfAMessageIsStillToCome) {
    EXPECT_TRUE(push_part(std::string(1001, 'x'), Place::first));
    EXPECT_FALSE(inbox.take_message());
    EXPECT_TRUE(inbox.resumes());
}

TEST_F(InboxTest, GivesNoMessageInsideOfOne) {
    push_part("one", Place::first);
    push_part("two", Place::last);
    (void)inbox.push({MessageType::text, as_bytes("next")});
    (void)inbox.take_part();
    EXPECT_FALSE(inbox.take_message());

    EXPECT_EQ(inbox.take_part()->text(), "two");
    EXPECT_EQ(inbox.take_message()->text(), "next");
}

TEST_F(InboxTest, GivesWhatItHasJoinedAsTheFirstPart) {
    push_part("one", Place::first);
    push_part("two", Place::middle);
    EXPECT_FALSE(inbox.take_message());
    push_part("three", Place::last);

    const auto part = inbox.take_part();

    EXPECT_EQ(part->text(), "onetwo");
    EXPECT_TRUE(part->first() && !part->last() && !part->is_text());
    EXPECT_EQ(inbox.take_part()->text(), "three");
    EXPECT_FALSE(inbox.take_part());
}

TEST_F(InboxTest, LeavesNoGapInAMessageThatOverflows) {
    (void)inbox.stop_pausing();
    push_part(std::string(1001, 'x'), Place::first);
    push_part("dropped", Place::middle);
    (void)inbox.take_part();
    push_part("behind the gap", Place::last);
    (void)inbox.push({MessageType::text, as_bytes("and a message")});

    EXPECT_FALSE(inbox.take_part());
}

TEST_F(InboxTest, IsInsideOfNoMessageWhenItKeepsNothing) {
    push_part("one", Place::first);
    (void)inbox.take_part();
    (void)inbox.stop_keeping();

    EXPECT_FALSE(inbox.refuses_message(false));
}

TEST_F(InboxTest, KeepsNothingThatWasJoinedWhenNobodyTakesIt) {
    push_part("one", Place::first);
    EXPECT_FALSE(inbox.take_message());
    (void)inbox.stop_keeping();

    EXPECT_FALSE(inbox.take_part());
}

}  // namespace
}  // namespace tautline::session
