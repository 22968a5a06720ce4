// SPDX-License-Identifier: MIT
#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/connection.hpp>

// An engine at rest may leave its connection and go on with another.
namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::wire;

constexpr Instant kStart{1h};
const std::string kHello = "81 85 | 37fa213d | 7f9f4d5158";

std::optional<Instant> rests_since(const Engine& engine) {
    const auto rest = engine.at_rest();
    return rest ? std::optional(rest->heard_at) : std::nullopt;
}

struct RestingConnection : testing::Test {
    int receive(std::string_view hex, Instant now = kStart) {
        auto bytes = wire(hex);
        engine.receive(bytes, now);
        int events = 0;
        while (engine.poll_event()) ++events;
        return events;
    }
    void transmit() {
        std::size_t bytes = 0;
        for (const Bytes piece : engine.poll_transmit()) bytes += piece.size();
        engine.transmitted(bytes);
    }

    ConnectionOptions options;
    test::PredictableRandom random;
    Connection engine{{.role = Role::server,
                       .options = &options,
                       .compression = deflate::Parameters(),
                       .random = &random,
                       .now = kStart}};
};

TEST_F(RestingConnection, RestsFromTheBeginning) { EXPECT_EQ(rests_since(engine), kStart); }

TEST_F(RestingConnection, RestsAfterAWholeMessageAndKnowsWhenItCame) {
    EXPECT_EQ(receive(kHello, kStart + 1s), 1);
    EXPECT_EQ(rests_since(engine), kStart + 1s);
}

TEST_F(RestingConnection, DoesNotRestInsideAHeaderAFrameOrAMessage) {
    for (const auto* part : {"81", "81 85 37fa213d", "81 85 37fa213d 7f", "01 80 00000000"}) {
        Connection other{
            {.role = Role::server, .options = &options, .random = &random, .now = kStart}};
        auto bytes = wire(part);
        other.receive(bytes, kStart);
        EXPECT_FALSE(other.poll_event());
        EXPECT_FALSE(other.at_rest()) << part;
    }
}

TEST_F(RestingConnection, DoesNotRestInsideAControlFrame) {
    receive("89 81 00000000");
    EXPECT_FALSE(engine.at_rest());
}

TEST_F(RestingConnection, DoesNotRestWhileSomethingWaitsToBeWritten) {
    EXPECT_TRUE(engine.send_message(MessageType::text, as_bytes("x"), {}));
    EXPECT_FALSE(engine.at_rest());
    transmit();
    EXPECT_TRUE(engine.at_rest());
}

TEST_F(RestingConnection, KeepsLentMemoryForItsNextConnection) {
    Buffer memory;
    (void)memory.prepare(100);
    engine.lend_output_memory(std::move(memory));
    EXPECT_TRUE(engine.send_message(MessageType::text, as_bytes("x"), {}));
    transmit();
    EXPECT_TRUE(engine.at_rest());
    engine.resume(kStart + 1s);
    EXPECT_GE(engine.take_output_memory().capacity(), 100U);
}

TEST_F(RestingConnection, DoesNotRestInsideAMessageThatIsSentInParts) {
    EXPECT_TRUE(engine.send_part(MessageType::text, as_bytes("x"), false, {}));
    transmit();
    EXPECT_FALSE(engine.at_rest());
}

TEST_F(RestingConnection, DoesNotRestBehindACompressedMessageOfItsOwn) {
    EXPECT_TRUE(engine.send_message(MessageType::text, as_bytes(std::string(1000, 'x')), {}));
    transmit();
    EXPECT_FALSE(engine.at_rest());
}

// RFC 7692 section 7.2.3.1: "Hello" compressed.
TEST_F(RestingConnection, DoesNotRestBehindACompressedMessageOfThePeer) {
    EXPECT_EQ(receive("c1 87 00000000 f248cdc9c90700"), 1);
    EXPECT_FALSE(engine.at_rest());
}

TEST_F(RestingConnection, DoesNotRestUntilAPingIsAnswered) {
    EXPECT_TRUE(engine.send_ping(as_bytes("a"), kStart));
    transmit();
    EXPECT_FALSE(engine.at_rest());
    receive("8a 81 00000000 61");
    EXPECT_TRUE(engine.at_rest());
}

TEST_F(RestingConnection, DoesNotRestUntilAPingOfTheHeartbeatIsAnswered) {
    engine.handle_timeout(kStart + 20s);
    transmit();
    EXPECT_FALSE(engine.at_rest());
    receive(kHello, kStart + 21s);
    EXPECT_FALSE(engine.at_rest());
    receive("8a 84 00000000 00000001", kStart + 22s);
    EXPECT_EQ(rests_since(engine), kStart + 22s);
}

TEST_F(RestingConnection, DoesNotRestWhileTheApplicationDoesNotRead) {
    engine.set_reading(false, kStart);
    EXPECT_FALSE(engine.at_rest());
}

TEST_F(RestingConnection, DoesNotRestOnceTheClosingHandshakeHasBegun) {
    EXPECT_TRUE(engine.close(CloseCode::normal, {}, kStart));
    transmit();
    EXPECT_FALSE(engine.at_rest());
}

TEST_F(RestingConnection, GoesOnWithAnotherConnectionAsIfItHadAlwaysBeenThere) {
    receive(kHello, kStart + 1s);
    engine.resume(kStart - 5s);
    EXPECT_EQ(rests_since(engine), kStart - 5s);
    EXPECT_EQ(engine.at_rest()->next_timeout, kStart + 15s);
    EXPECT_EQ(engine.next_timeout(), kStart + 15s);
    EXPECT_EQ(receive(kHello, kStart + 2s), 1);
    EXPECT_TRUE(engine.open());
}

}  // namespace
}  // namespace tautline::websocket
