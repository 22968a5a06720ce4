// SPDX-License-Identifier: MIT
#include <tautline/session/engine_pool.hpp>

#include <vector>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

struct EnginePoolTest : testing::Test {
    ConnectionOptions options;
    test::PredictableRandom random;
    EnginePool pool{websocket::native_engine(),
                    {.role = Role::server, .options = &options, .random = &random}};
};

TEST_F(EnginePoolTest, MakesAnEngineWhenThereIsNone) {
    EXPECT_EQ(pool.take(kStart)->at_rest()->heard_at, kStart);
}

TEST_F(EnginePoolTest, LendsTheOneThatCameBackWithTheTimeOfTheNextConnection) {
    auto engine = pool.take(kStart);
    const auto* const same = engine.get();
    pool.give(std::move(engine));
    engine = pool.take(kStart + 1s);
    EXPECT_EQ(engine.get(), same);
    EXPECT_EQ(engine->at_rest()->heard_at, kStart + 1s);
}

TEST_F(EnginePoolTest, KeepsNoMoreThanAFew) {
    std::vector<std::unique_ptr<websocket::Engine>> engines;
    for (std::size_t i = 0; i <= EnginePool::kSpare; ++i) engines.push_back(pool.take(kStart));
    for (auto& engine : engines) pool.give(std::move(engine));
    for (std::size_t i = 0; i <= EnginePool::kSpare; ++i) {
        EXPECT_TRUE(pool.take(kStart)->at_rest());
    }
}

}  // namespace
}  // namespace tautline::session
