// SPDX-License-Identifier: MIT
#include <tautline/session/peer_data.hpp>

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(PeerData, MakesItsValueWhenItIsFirstAskedFor) {
    PeerData data;
    EXPECT_FALSE(data);

    EXPECT_EQ(data.get<int>(), 0);

    EXPECT_TRUE(data);
}

TEST(PeerData, KeepsItsValue) {
    PeerData data;
    data.get<std::string>() = "Anna";

    PeerData moved = std::move(data);

    EXPECT_EQ(moved.get<std::string>(), "Anna");
}

TEST(PeerData, HoldsWhatCannotBeCopied) {
    PeerData data;
    data.get<std::unique_ptr<int>>() = std::make_unique<int>(7);

    EXPECT_EQ(*data.get<std::unique_ptr<int>>(), 7);
}

TEST(PeerData, StopsTheProgramWhenItIsAskedForAnotherType) {
    PeerData data;
    data.get<int>() = 7;

    EXPECT_DEATH((void)data.get<long>(), "contract");
}

}  // namespace
}  // namespace tautline
