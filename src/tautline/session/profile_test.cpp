// SPDX-License-Identifier: MIT
#include <tautline/session/profile.hpp>

#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace tautline::session {
namespace {

struct ProfileTest : testing::Test {
    std::shared_ptr<Profile> make(std::optional<deflate::Parameters> compression = {}) {
        return std::make_shared<Profile>(
            ProfileSetup{.loop = &io::Loop::of(*context),
                         .registry = &registry,
                         .engine = &websocket::native_engine(),
                         .compression = compression,
                         .options = std::make_shared<ConnectionOptions>(),
                         .handlers = std::make_shared<Handlers>()});
    }

    std::optional<asio::io_context> context{std::in_place};
    Registry registry;
};

TEST_F(ProfileTest, LivesAsLongAsItsDrivers) {
    auto profile = make();
    const std::weak_ptr<Profile> weak = profile;
    profile->join();
    profile->join();
    profile.reset();
    weak.lock()->leave();
    EXPECT_FALSE(weak.expired());
    weak.lock()->leave();
    EXPECT_TRUE(weak.expired());
}

TEST_F(ProfileTest, SurvivesItsDriversWhenSomebodyElseHoldsIt) {
    const auto profile = make();
    profile->join();
    profile->leave();
    EXPECT_EQ(profile.use_count(), 1);
}

TEST_F(ProfileTest, SharesTheBuffersOfItsLoop) { EXPECT_EQ(make()->buffers, make()->buffers); }

TEST_F(ProfileTest, HasBuffersThatOutliveTheLoopForWhoeverHoldsThem) {
    const auto buffers = make()->buffers;
    BufferPool::Loan loan(buffers.get());
    loan->append(as_bytes("half a message"));

    context.reset();

    EXPECT_EQ(as_text(std::as_const(*loan).readable()), "half a message");
}

TEST_F(ProfileTest, SetsItsEnginesUpWithWhatWasAgreed) {
    for (const bool compressed : {false, true}) {
        const auto profile = make(compressed ? std::optional(deflate::Parameters()) : std::nullopt);
        const auto engine = profile->engines.take(Instant());
        const std::string text(1000, 'x');
        EXPECT_TRUE(engine->send_message(MessageType::text, as_bytes(text), {}));
        EXPECT_EQ(engine->buffered_bytes() < text.size(), compressed);
    }
}

}  // namespace
}  // namespace tautline::session
