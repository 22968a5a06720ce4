// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_ledger.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::client {
namespace {

using Texts = std::vector<std::string>;

Texts texts(const std::vector<Message>& messages) {
    Texts texts;
    for (const auto& message : messages) texts.emplace_back(message.text());
    return texts;
}

MessageView text(std::string_view payload) { return {MessageType::text, as_bytes(payload)}; }

// A ledger with the messages "a", "b", ... of which all are handed over, each ten bytes long on the
// wire.
ReconnectLedger handed_over(int count) {
    ReconnectLedger ledger(10'000);
    for (int i = 0; i < count; ++i) {
        EXPECT_TRUE(ledger.add(text(std::string(1, static_cast<char>('a' + i)))));
        ledger.hand_over(static_cast<std::uint64_t>(i + 1) * 10);
    }
    return ledger;
}

TEST(ReconnectLedger, HandsOverInOrder) {
    ReconnectLedger ledger(1000);
    EXPECT_EQ(ledger.next(), nullptr);
    (void)ledger.add(text("a"));
    (void)ledger.add(text("b"));
    EXPECT_EQ(ledger.next()->message.text(), "a");
    ledger.hand_over(10);
    EXPECT_EQ(ledger.next()->message.text(), "b");
    ledger.hand_over(20);
    EXPECT_EQ(ledger.next(), nullptr);
}

TEST(ReconnectLedger, KeepsTheTypeOfAMessage) {
    ReconnectLedger ledger(1000);
    (void)ledger.add({MessageType::binary, as_bytes("a")});
    EXPECT_EQ(ledger.next()->message.type(), MessageType::binary);
}

TEST(ReconnectLedger, KeepsTheOptionsOfAMessageThatIsSentAgain) {
    ReconnectLedger ledger(1000);
    (void)ledger.add(text("a"), {.compress = false});
    EXPECT_FALSE(ledger.next()->options.compress);

    ledger.hand_over(10);
    (void)ledger.end_connection(10, true);

    EXPECT_FALSE(ledger.next()->options.compress);
}

TEST(ReconnectLedger, ForgetsWhatArrived) {
    auto ledger = handed_over(3);
    ledger.confirm(2);
    EXPECT_FALSE(ledger.all_confirmed());
    ledger.confirm(3);
    EXPECT_TRUE(ledger.empty());
    EXPECT_EQ(ledger.held_bytes(), 0U);
}

TEST(ReconnectLedger, CountsWhatTheConnectionTook) {
    auto ledger = handed_over(3);
    ledger.confirm(2);
    EXPECT_EQ(ledger.handed_over(), 3U);
    (void)ledger.end_connection(30, false);
    EXPECT_EQ(ledger.handed_over(), 0U);
}

TEST(ReconnectLedger, AConfirmationThatComesAgainChangesNothing) {
    auto ledger = handed_over(3);
    ledger.confirm(2);
    ledger.confirm(1);
    EXPECT_EQ(texts(ledger.end_connection(30, false)), Texts{"c"});
}

TEST(ReconnectLedger, TellsWhatWasWrittenAndNotConfirmed) {
    auto ledger = handed_over(3);
    ledger.confirm(1);
    EXPECT_EQ(texts(ledger.end_connection(30, false)), (Texts{"b", "c"}));
    EXPECT_TRUE(ledger.empty());
    EXPECT_EQ(ledger.held_bytes(), 0U);
}

TEST(ReconnectLedger, KeepsWhatWasNotWrittenAsAWhole) {
    for (const std::uint64_t written : {10U, 11U, 19U}) {
        auto ledger = handed_over(3);
        EXPECT_EQ(texts(ledger.end_connection(written, false)), Texts{"a"}) << written;
        EXPECT_EQ(texts(ledger.take_waiting()), (Texts{"b", "c"})) << written;
    }
}

TEST(ReconnectLedger, KnowsWhetherAllIsWritten) {
    const auto ledger = handed_over(2);
    EXPECT_TRUE(ledger.unwritten(19));
    EXPECT_FALSE(ledger.unwritten(20));
    EXPECT_FALSE(ReconnectLedger(1).unwritten(0));
}

TEST(ReconnectLedger, PutsWhatIsKeptBeforeWhatWaits) {
    auto ledger = handed_over(2);
    (void)ledger.add(text("z"));
    (void)ledger.end_connection(0, false);
    EXPECT_EQ(texts(ledger.take_waiting()), (Texts{"a", "b", "z"}));
}

TEST(ReconnectLedger, LosesNothingWhenAllIsSentAgain) {
    auto ledger = handed_over(3);
    ledger.confirm(1);
    EXPECT_TRUE(ledger.end_connection(30, true).empty());
    EXPECT_EQ(texts(ledger.take_waiting()), (Texts{"b", "c"}));
}

TEST(ReconnectLedger, BeginsToCountAnewWithEachConnection) {
    auto ledger = handed_over(2);
    ledger.confirm(1);
    (void)ledger.end_connection(10, false);
    ledger.hand_over(10);
    ledger.confirm(1);
    EXPECT_TRUE(ledger.empty());
}

TEST(ReconnectLedger, ChargesEachMessage) {
    ReconnectLedger ledger(1000);
    (void)ledger.add(text(""));
    EXPECT_EQ(ledger.held_bytes(), ReconnectLedger::kCharge);
    (void)ledger.add(text("four"));
    EXPECT_EQ(ledger.held_bytes(), 2 * ReconnectLedger::kCharge + 4);
    (void)ledger.take_waiting();
    EXPECT_EQ(ledger.held_bytes(), 0U);
}

TEST(ReconnectLedger, RefusesWhenItIsFull) {
    ReconnectLedger ledger(2 * ReconnectLedger::kCharge);
    EXPECT_TRUE(ledger.add(text("")));
    EXPECT_TRUE(ledger.add(text("longer than what is left")));
    EXPECT_EQ(ledger.add(text("")).error(), UsageError::queue_full);
}

TEST(ReconnectLedger, HoldsWhatIsNotConfirmedAgainstTheLimit) {
    ReconnectLedger ledger(ReconnectLedger::kCharge);
    (void)ledger.add(text(""));
    ledger.hand_over(10);
    EXPECT_EQ(ledger.add(text("")).error(), UsageError::queue_full);
    ledger.confirm(1);
    EXPECT_TRUE(ledger.add(text("")));
}

TEST(ReconnectLedger, TellsOnceThatThereIsRoomAgain) {
    ReconnectLedger ledger(2 * ReconnectLedger::kCharge);
    EXPECT_FALSE(ledger.room_again());
    for (int i = 0; i < 3; ++i) (void)ledger.add(text(""));
    ledger.hand_over(1);
    ledger.hand_over(2);
    EXPECT_FALSE(ledger.room_again());
    ledger.confirm(1);
    EXPECT_TRUE(ledger.room_again());
    EXPECT_FALSE(ledger.room_again());
}

TEST(ReconnectLedgerDeathTest, ConfirmsOnlyWhatWasHandedOver) {
    auto ledger = handed_over(1);
    EXPECT_DEATH(ledger.confirm(2), "contract broken");
}

TEST(ReconnectLedgerDeathTest, HandsOverOnlyWhatWaits) {
    ReconnectLedger ledger(1);
    EXPECT_DEATH(ledger.hand_over(1), "contract broken");
}

}  // namespace
}  // namespace tautline::client
