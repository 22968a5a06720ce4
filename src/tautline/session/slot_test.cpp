// SPDX-License-Identifier: MIT
#include <tautline/session/slot.hpp>

#include <optional>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

struct Owner final : SlotOwner {
    bool take_slot() override { return ++taken < 2; }
    void release_slot() override { ++released; }
    int released = 0;
    int taken = 0;
};

TEST(Slot, IsGivenBackWhenItIsGone) {
    Owner owner;
    std::optional<Slot> slot(owner);
    EXPECT_EQ(owner.released, 0);
    slot.reset();
    EXPECT_EQ(owner.released, 1);
}

TEST(Slot, IsGivenBackOnceHoweverOftenItMoved) {
    Owner owner;
    {
        Slot first(owner);
        Slot second(std::move(first));
        Slot third;
        third = std::move(second);
    }
    EXPECT_EQ(owner.released, 1);
}

TEST(Slot, HasOthersOfItsOwnerWhileThereIsRoom) {
    Owner owner;
    {
        const Slot first(owner);
        const auto second = first.another();
        EXPECT_TRUE(second);
        EXPECT_FALSE(first.another());
    }
    EXPECT_EQ(owner.released, 2);
}

TEST(Slot, CountsForNobodyWithoutAnOwner) {
    const Slot slot;
    EXPECT_TRUE(slot.another());
}

}  // namespace
}  // namespace tautline::session
