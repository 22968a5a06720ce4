// SPDX-License-Identifier: MIT
#include <tautline/server/connection_limit.hpp>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace tautline::server {
namespace {

TEST(ConnectionLimit, CountsUpToTheLimit) {
    ConnectionLimit limit(2);

    EXPECT_TRUE(limit.take());
    EXPECT_TRUE(limit.take());
    EXPECT_FALSE(limit.take());
    EXPECT_EQ(limit.open(), 2U);
}

TEST(ConnectionLimit, HasRoomAgainWhenOneIsGivenBack) {
    ConnectionLimit limit(1);
    ASSERT_TRUE(limit.take());

    limit.give_back();

    EXPECT_EQ(limit.open(), 0U);
    EXPECT_TRUE(limit.take());
}

TEST(ConnectionLimit, TellsOfRoomOnceAfterARefusal) {
    ConnectionLimit limit(2);
    int told = 0;
    limit.set_on_room([&] { ++told; });
    ASSERT_TRUE(limit.take() && limit.take() && !limit.take());

    limit.give_back();
    limit.give_back();

    EXPECT_EQ(told, 1);
}

TEST(ConnectionLimit, IsSilentWhenNobodyWasRefused) {
    ConnectionLimit limit(2);
    int told = 0;
    limit.set_on_room([&] { ++told; });
    ASSERT_TRUE(limit.take() && limit.take());

    limit.give_back();

    EXPECT_EQ(told, 0);
}

TEST(ConnectionLimit, HasNoRoomAtAllWithALimitOfNothing) {
    ConnectionLimit limit(0);
    EXPECT_FALSE(limit.take());
}

TEST(ConnectionLimit, IsNeverCrossedByManyThreads) {
    ConnectionLimit limit(3);
    std::atomic<bool> crossed = false;
    const auto work = [&] {
        for (int i = 0; i < 10'000; ++i) {
            if (!limit.take()) continue;
            if (limit.open() > 3) crossed = true;
            limit.give_back();
        }
    };

    {
        const std::jthread one(work);
        const std::jthread two(work);
        const std::jthread three(work);
        const std::jthread four(work);
    }

    EXPECT_FALSE(crossed);
    EXPECT_EQ(limit.open(), 0U);
}

}  // namespace
}  // namespace tautline::server
