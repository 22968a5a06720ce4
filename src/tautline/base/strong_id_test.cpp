// SPDX-License-Identifier: MIT
#include <tautline/base/strong_id.hpp>

#include <concepts>
#include <unordered_set>

#include <gtest/gtest.h>

namespace tautline {
namespace {

using StreamId = StrongId<struct StreamIdTag>;
using SubscriberId = StrongId<struct SubscriberIdTag, std::uint32_t>;

static_assert(!std::convertible_to<std::uint64_t, StreamId>);
static_assert(!std::convertible_to<StreamId, std::uint64_t>);
static_assert(!std::constructible_from<SubscriberId, StreamId>);
static_assert(!std::equality_comparable_with<StreamId, SubscriberId>);
static_assert(sizeof(SubscriberId) == sizeof(std::uint32_t));

TEST(StrongId, GivesBackItsValue) {
    EXPECT_EQ(StreamId(4).value(), 4U);
    EXPECT_EQ(StreamId().value(), 0U);
}

TEST(StrongId, ComparesByValue) {
    EXPECT_EQ(StreamId(4), StreamId(4));
    EXPECT_NE(StreamId(4), StreamId(8));
    EXPECT_LT(StreamId(4), StreamId(8));
}

TEST(StrongId, IsAKeyOfHashedContainers) {
    const std::unordered_set<SubscriberId> ids{SubscriberId(1), SubscriberId(2), SubscriberId(1)};
    EXPECT_EQ(ids.size(), 2U);
    EXPECT_TRUE(ids.contains(SubscriberId(2)));
}

}  // namespace
}  // namespace tautline
