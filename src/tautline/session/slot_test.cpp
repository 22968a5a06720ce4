// SPDX-License-Identifier: MIT
#include <tautline/session/slot.hpp>

#include <optional>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

struct Owner final : SlotOwner {
    void release_slot() override { ++released; }
    int released = 0;
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

TEST(Slot, CountsForNobodyWithoutAnOwner) { const Slot slot; }

}  // namespace
}  // namespace tautline::session
