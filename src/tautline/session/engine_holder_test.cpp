// SPDX-License-Identifier: MIT
#include <tautline/session/engine_holder.hpp>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

struct EngineHolderTest : testing::Test {
    std::unique_ptr<websocket::Engine> make() {
        return websocket::native_engine().make(
            {.role = Role::server, .options = &options, .random = &random, .now = Instant(1h)});
    }

    ConnectionOptions options;
    test::PredictableRandom random;
};

TEST_F(EngineHolderTest, KnowsTheTimeWhileThereIsNoEngine) {
    for (const Duration time :
         {Duration(0), Duration(1), Duration(-1), Duration(24h * 365 * 100)}) {
        const EngineHolder holder{Instant(time)};
        EXPECT_FALSE(holder);
        EXPECT_EQ(holder.heard_at(), Instant(time));
    }
}

TEST_F(EngineHolderTest, HoldsAnEngineAndGivesItBack) {
    EngineHolder holder{Instant()};
    auto engine = make();
    const auto* const same = engine.get();
    holder.hold(std::move(engine));
    EXPECT_TRUE(holder);
    EXPECT_TRUE(holder->open());
    EXPECT_EQ(holder.release(Instant(2h)).get(), same);
    EXPECT_FALSE(holder);
    EXPECT_EQ(holder.heard_at(), Instant(2h));
}

TEST_F(EngineHolderTest, DestroysTheEngineThatItHolds) {
    EngineHolder holder{Instant()};
    holder.hold(make());  // AddressSanitizer would tell
}

TEST_F(EngineHolderTest, GivesNothingBackWhenThereIsNoEngine) {
    EngineHolder holder{Instant()};
    EXPECT_EQ(holder.release(Instant()), nullptr);
}

}  // namespace
}  // namespace tautline::session
