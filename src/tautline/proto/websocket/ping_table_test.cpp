// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/ping_table.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{};

TEST(PingTable, MeasuresFromThePingToItsPong) {
    PingTable table;
    table.add(as_bytes("a"), kStart);

    EXPECT_EQ(table.settle(as_bytes("a"), kStart + 3ms), 3ms);
    EXPECT_EQ(table.size(), 0U);
}

TEST(PingTable, KnowsNothingOfAPongThatNobodyAskedFor) {
    PingTable table;
    table.add(as_bytes("a"), kStart);

    EXPECT_EQ(table.settle(as_bytes("b"), kStart), std::nullopt);
    EXPECT_EQ(table.size(), 1U);
}

TEST(PingTable, SettlesAPingOnce) {
    PingTable table;
    table.add(as_bytes("a"), kStart);
    EXPECT_TRUE(table.settle(as_bytes("a"), kStart).has_value());

    EXPECT_EQ(table.settle(as_bytes("a"), kStart), std::nullopt);
}

// RFC 6455 section 5.5.3: only the latest of several Pings may be answered.
TEST(PingTable, SettlesEarlierPingsWithALaterOne) {
    PingTable table;
    table.add(as_bytes("a"), kStart);
    table.add(as_bytes("b"), kStart + 1ms);
    table.add(as_bytes("c"), kStart + 2ms);

    EXPECT_EQ(table.settle(as_bytes("b"), kStart + 5ms), 4ms);
    EXPECT_EQ(table.size(), 1U);
}

TEST(PingTable, TakesTheOldestOfEqualPings) {
    PingTable table;
    table.add({}, kStart);
    table.add({}, kStart + 1ms);

    EXPECT_EQ(table.settle({}, kStart + 5ms), 5ms);
    EXPECT_EQ(table.settle({}, kStart + 5ms), 4ms);
}

TEST(PingTable, L10_ForgetsTheOldestOfTooManyPings) {
    PingTable table;
    for (std::size_t i = 0; i <= PingTable::kMaxPings; ++i) {
        table.add(as_bytes(std::to_string(i)), kStart);
    }

    EXPECT_EQ(table.size(), PingTable::kMaxPings);
    EXPECT_EQ(table.settle(as_bytes("0"), kStart), std::nullopt);
    EXPECT_TRUE(table.settle(as_bytes("1"), kStart).has_value());
}

}  // namespace
}  // namespace tautline::websocket
