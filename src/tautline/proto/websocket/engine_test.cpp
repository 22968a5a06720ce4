// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/engine.hpp>

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>
#include <tests/support/smallest_engine.hpp>

namespace tautline::websocket {
namespace {

using test::SmallestEngine;

TEST(NativeEngine, CanDoEverything) {
    EXPECT_EQ(native_engine().name, "native");
    EXPECT_TRUE(native_engine().compression);
    EXPECT_TRUE(native_engine().streaming);
}

TEST(NativeEngine, IsOpenWhenItIsMade) {
    const ConnectionOptions options;
    test::PredictableRandom random;

    const auto engine = native_engine().make({.options = &options, .random = &random});

    EXPECT_TRUE(engine->open());
    EXPECT_FALSE(engine->ended());
}

TEST(AnEngine, NeedsNoShorterWayToItsMessages) { EXPECT_FALSE(SmallestEngine().poll_message()); }

TEST(AnEngine, SendsInPlaceAsItSendsOtherwise) {
    EXPECT_EQ(SmallestEngine().send_in_place(MessageType::text, {}, {}), 7U);
}

TEST(AnEngine, HasReadEverythingAndLetsNothingOvertakeUnlessItSaysSo) {
    EXPECT_TRUE(SmallestEngine().take_unread().empty());
    EXPECT_EQ(SmallestEngine().overtaking_bytes(), 0U);
}

TEST(AnEngine, IsNeverAtRestUnlessItSaysSo) {
    EXPECT_FALSE(SmallestEngine().at_rest());
    EXPECT_DEATH(SmallestEngine().resume({}), "contract broken");
}

}  // namespace
}  // namespace tautline::websocket
