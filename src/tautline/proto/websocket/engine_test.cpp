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

// What must be there of an engine, and no more.
struct Smallest final : Engine {
    void receive(MutableBytes, Instant) override {}
    void receive_end(std::error_code, Instant) override {}
    std::optional<Event> poll_event() override { return std::nullopt; }
    std::expected<std::size_t, UsageError> send_message(MessageType, Bytes, SendOptions) override {
        return 7;
    }
    std::expected<void, UsageError> send_part(MessageType, Bytes, bool, SendOptions) override {
        return {};
    }
    std::expected<void, UsageError> send_ping(Bytes, Instant) override { return {}; }
    std::expected<void, UsageError> send_pong(Bytes) override { return {}; }
    std::expected<void, UsageError> close(CloseCode, std::string_view, Instant) override {
        return {};
    }
    void fail(CloseCode, std::error_code, Instant) override {}
    Pieces poll_transmit() override { return {}; }
    std::size_t transmitted(std::size_t) override { return 0; }
    std::size_t buffered_bytes() const override { return 0; }
    void lend_output_memory(Buffer) override {}
    Buffer take_output_memory() override { return {}; }
    void set_reading(bool, Instant) override {}
    std::optional<Instant> next_timeout() const override { return std::nullopt; }
    void handle_timeout(Instant) override {}
    bool open() const override { return true; }
    bool ended() const override { return false; }
    std::optional<Instant> close_deadline() const override { return std::nullopt; }
};

TEST(AnEngine, NeedsNoShorterWayToItsMessages) { EXPECT_FALSE(Smallest().poll_message()); }

TEST(AnEngine, SendsInPlaceAsItSendsOtherwise) {
    EXPECT_EQ(Smallest().send_in_place(MessageType::text, {}, {}), 7U);
}

TEST(AnEngine, HasReadEverythingAndLetsNothingOvertakeUnlessItSaysSo) {
    EXPECT_TRUE(Smallest().take_unread().empty());
    EXPECT_EQ(Smallest().overtaking_bytes(), 0U);
}

TEST(AnEngine, IsNeverAtRestUnlessItSaysSo) {
    EXPECT_FALSE(Smallest().at_rest());
    EXPECT_DEATH(Smallest().resume({}), "contract broken");
}

}  // namespace
}  // namespace tautline::websocket
