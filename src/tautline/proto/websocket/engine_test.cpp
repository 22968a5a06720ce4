// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/engine.hpp>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>

namespace tautline::websocket {
namespace {

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

}  // namespace
}  // namespace tautline::websocket
