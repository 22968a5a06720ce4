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

std::size_t made = 0;

TEST_F(EnginePoolTest, KeepsNoMoreThanAFew) {
    websocket::EngineKind counting = websocket::native_engine();
    counting.make = [](const websocket::EngineSetup& setup) {
        ++made;
        return websocket::native_engine().make(setup);
    };
    EnginePool counted(counting, {.role = Role::server, .options = &options, .random = &random});
    std::vector<std::unique_ptr<websocket::Engine>> engines;
    const auto take_all = [&] {
        for (std::size_t i = 0; i <= EnginePool::kSpare; ++i) {
            engines.push_back(counted.take(kStart));
            EXPECT_TRUE(engines.back()->at_rest());
        }
    };
    take_all();
    for (auto& engine : engines) counted.give(std::move(engine));
    engines.clear();
    made = 0;

    take_all();

    EXPECT_EQ(made, 1U);
}

}  // namespace
}  // namespace tautline::session
