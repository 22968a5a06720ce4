// SPDX-License-Identifier: MIT
#include <tautline/server/address_slots.hpp>

#include <cstdint>

#include <gtest/gtest.h>

namespace tautline::server {
namespace {

struct Released final : session::SlotOwner {
    bool take_slot() override { return room; }
    void release_slot() override { ++times; }
    bool room = true;
    int times = 0;
};

transport::SocketAddress address(std::uint8_t last) {
    return transport::SocketAddress::of({IpAddress(IpAddress::V4{192, 0, 2, last}), 1});
}

struct AddressSlotsTest : testing::Test {
    AddressLimit limit{1};
    Released behind;
    AddressSlots slots{limit, behind};
};

TEST_F(AddressSlotsTest, GivesBackBoth) {
    {
        const auto slot = slots.take(address(1));
    }

    EXPECT_EQ(behind.times, 1);
    EXPECT_TRUE(slots.take(address(1)));
}

TEST_F(AddressSlotsTest, GivesBackTheSlotOfWhoeverIsTooMany) {
    const auto first = slots.take(address(1));

    EXPECT_FALSE(slots.take(address(1)));

    EXPECT_EQ(behind.times, 1);
    EXPECT_TRUE(slots.take(address(2)));
}

TEST_F(AddressSlotsTest, CountsOverAllLoops) {
    AddressSlots other(limit, behind);
    const auto first = slots.take(address(1));

    EXPECT_FALSE(other.take(address(1)));
}

TEST_F(AddressSlotsTest, KeepsTheOthersOfAnAddress) {
    AddressLimit two(2);
    AddressSlots of_two(two, behind);
    auto first = of_two.take(address(1));
    const auto second = of_two.take(address(1));

    first.reset();

    EXPECT_EQ(behind.times, 1);
    const auto third = of_two.take(address(1));
    EXPECT_TRUE(third);
    EXPECT_FALSE(of_two.take(address(1)));
}

// As a WebSocket on an HTTP/2 connection.
TEST_F(AddressSlotsTest, CountsWhatASlotHasBesideIt) {
    AddressLimit two(2);
    AddressSlots of_two(two, behind);
    const auto first = of_two.take(address(1));
    auto second = first->another();
    ASSERT_TRUE(second);

    EXPECT_FALSE(first->another());
    EXPECT_EQ(behind.times, 1);
    EXPECT_FALSE(of_two.take(address(1)));
    second.reset();

    EXPECT_TRUE(first->another());
}

TEST_F(AddressSlotsTest, CountNothingWhereThereIsNoRoomBehind) {
    AddressLimit two(2);
    AddressSlots of_two(two, behind);
    const auto first = of_two.take(address(1));
    behind.room = false;

    EXPECT_FALSE(first->another());

    EXPECT_EQ(behind.times, 0);
    EXPECT_TRUE(of_two.take(address(1)));
}

TEST_F(AddressSlotsTest, LimitsNobodyWithoutALimitOrAnAddress) {
    AddressLimit none(0);
    AddressSlots unlimited(none, behind);
    const auto first = unlimited.take(address(1));
    EXPECT_TRUE(unlimited.take(address(1)));

    const auto local = slots.take({});
    EXPECT_TRUE(slots.take({}));
}

}  // namespace
}  // namespace tautline::server
