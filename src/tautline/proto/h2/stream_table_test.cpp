// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/stream_table.hpp>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

TEST(StreamTable, ForgetsWhatIsClosed) {
    StreamTable table;
    table.open(1);

    EXPECT_TRUE(table.find(1));
    EXPECT_EQ(table.size(), 1U);
    table.close(1);
    table.close(1);
    EXPECT_FALSE(table.find(1));
    EXPECT_TRUE(table.empty());
}

TEST(StreamTable, X08_CountsWhatAllStreamsHold) {
    StreamTable table;
    table.add_unread(table.open(1), 10);
    table.add_unread(table.open(3), 5);
    table.remove_unread(*table.find(1), 4);
    EXPECT_EQ(table.unread(), 11U);

    table.close(1);

    EXPECT_EQ(table.unread(), 5U);
}

TEST(StreamTable, X08_CallsWaitingStreamsInTheirOrderAndOnce) {
    StreamTable table;
    for (const int id : {5, 1, 3, 5}) table.wait_for_room(id, table.open(id));
    table.close(1);

    EXPECT_EQ(table.next_waiting(), 5);
    EXPECT_EQ(table.next_waiting(), 3);
    EXPECT_EQ(table.next_waiting(), std::nullopt);
}

TEST(StreamTable, ReconsidersThoseThatWaitForAWindow) {
    StreamTable table;
    table.open(1).waiting = StreamState::Waiting::for_window;
    table.open(3);

    table.reconsider_windows();

    EXPECT_EQ(table.next_waiting(), 1);
    EXPECT_EQ(table.next_waiting(), std::nullopt);
}

}  // namespace
}  // namespace tautline::h2
