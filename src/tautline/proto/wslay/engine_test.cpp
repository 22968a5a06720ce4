// SPDX-License-Identifier: MIT
// What this engine does otherwise than the native one; the rest is in tests/conformance.
#include <tautline/proto/wslay/engine.hpp>

#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/endpoint.hpp>
#include <tests/support/frames.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::wire;

Endpoint server(ConnectionOptions options = {}) {
    return Endpoint({.role = Role::server, .options = options, .kind = &wslay_engine()});
}

TEST(WslayEngine, SaysWhatItCannotDo) {
    EXPECT_EQ(wslay_engine().name, "wslay");
    EXPECT_FALSE(wslay_engine().compression);
    EXPECT_FALSE(wslay_engine().streaming);
}

TEST(WslayEngine, RefusesToSendParts) {
    Endpoint engine = server();
    EXPECT_EQ(engine->send_part(MessageType::text, as_bytes("a"), false, {}),
              std::unexpected(UsageError::unsupported));
}

TEST(WslayEngine, DoesNotTellWhichRuleWasBroken) {
    Endpoint engine = server();
    engine.receive(wire("83 80 00000000"));
    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, PeerError::rule_broken);
}

TEST(WslayEngine, ShowsControlFramesWhenAsked) {
    Endpoint engine = server({.deliver_control_frames = true});
    engine.receive(wire("89 81 00000000 70 | 8a 81 00000000 71"));
    EXPECT_EQ(engine.trace, (test::Trace{"ping \"p\"", "pong \"q\""}));
}

TEST(WslayEngine, L11_LeavesItToTheCallerWhatIsDoneWithASlowPeer) {
    Endpoint engine = server({.max_buffered_bytes = 10, .overflow = OverflowPolicy::close});
    ASSERT_TRUE(engine.send("more than ten bytes"));
    EXPECT_EQ(engine.send("x"), std::unexpected(UsageError::queue_full));
    EXPECT_TRUE(engine->open());
}

TEST(WslayEngine, WritesIntoLentMemoryAndKeepsWhatIsLeft) {
    Endpoint engine = server();
    Buffer memory;
    memory.append(as_bytes("old"));
    engine->lend_output_memory(std::move(memory));
    ASSERT_TRUE(engine.send("hello"));
    engine->transmitted(3);
    EXPECT_GT(engine->take_output_memory().capacity(), 0U);
    EXPECT_EQ(engine.take_output(), wire("656c6c6f"));
    EXPECT_EQ(engine->take_output_memory().capacity(), 0U);
}

TEST(WslayEngine, LeavesWhatWaitsWhereItIsWhenMemoryIsLent) {
    Endpoint engine = server();
    ASSERT_TRUE(engine.send("hello"));

    engine->lend_output_memory(Buffer());

    EXPECT_EQ(engine.take_output(), wire("81 05 68656c6c6f"));
}

TEST(WslayEngine, TellsEveryMessageOfALargeRead) {
    Endpoint engine = server();
    std::vector<std::byte> read;
    for (int i = 0; i < 2000; ++i) {
        const auto frame = wire("82 81 00000000 61");
        read.insert(read.end(), frame.begin(), frame.end());
    }

    engine.receive(read);

    EXPECT_EQ(engine.trace.size(), 2000U);
}

TEST(WslayEngine, TakesNoBytesForNoSignOfLife) {
    Endpoint engine = server({.ping_interval = 20s});

    engine->receive({}, engine.now + 10s);

    EXPECT_EQ(engine->next_timeout(), engine.now + 20s);
}

TEST(WslayEngine, TellsTheErrorOfTheStream) {
    Endpoint engine = server();

    engine.receive_end(std::make_error_code(std::errc::connection_reset));

    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, std::errc::connection_reset);
    EXPECT_EQ(engine->close_deadline(), engine.now);
}

TEST(WslayEngine, SendsBinaryMessagesAndPongs) {
    Endpoint engine = server();

    ASSERT_TRUE(engine->send_message(MessageType::binary, as_bytes("\xff"), {}));
    ASSERT_TRUE(engine->send_pong(as_bytes("p")));

    EXPECT_EQ(engine.take_output(), wire("82 01 ff | 8a 01 70"));
}

TEST(WslayEngine, RefusesEverythingAfterTheClose) {
    Endpoint engine = server();
    ASSERT_TRUE(engine.close());
    const std::string large(126, 'p');

    EXPECT_EQ(engine.close(), std::unexpected(UsageError::closed));
    EXPECT_EQ(engine.send("late"), std::unexpected(UsageError::closed));
    EXPECT_EQ(engine->send_ping(as_bytes(large), engine.now), std::unexpected(UsageError::closed));
}

// It would stand behind the Close that wslay has written by itself.
TEST(WslayEngine, RefusesAnAnswerToWhatCameTogetherWithAClose) {
    Endpoint engine = server();
    int messages = 0;
    engine.on_event = [&](const Event& event) {
        if (!std::holds_alternative<MessageReceived>(event)) return;
        ++messages;
        EXPECT_EQ(engine.send("answer"), std::unexpected(UsageError::closed));
    };

    engine.receive(wire("81 81 00000000 61 | 88 80 00000000"));

    EXPECT_EQ(messages, 1);
    EXPECT_EQ(engine.take_output(), wire("88 00"));
}

TEST(WslayEngine, L11_RefusesControlFramesOverTheCap) {
    Endpoint engine = server({.max_buffered_bytes = 10});
    ASSERT_TRUE(engine.send("more than ten bytes"));

    EXPECT_EQ(engine->send_ping({}, engine.now), std::unexpected(UsageError::queue_full));
}

TEST(WslayEngine, FailsOnceAndSaysAtMostOneClose) {
    Endpoint engine = server();
    ASSERT_TRUE(engine.close());
    std::ignore = engine.take_output();

    engine->fail(CloseCode::going_away, UsageError::cancelled, engine.now);
    engine->fail(CloseCode::internal_error, UsageError::handler_threw, engine.now);
    engine.poll();

    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, UsageError::cancelled);
    EXPECT_EQ(engine->buffered_bytes(), 0U);
}

TEST(WslayEngine, SendsWhatIsQueuedWhenItFails) {
    Endpoint engine = server();
    ASSERT_TRUE(engine.send("a"));

    engine->fail(CloseCode::internal_error, UsageError::handler_threw, engine.now);

    EXPECT_EQ(engine.take_output(), wire("81 01 61 88 02 03 f3"));
}

TEST(WslayEngine, SaysNothingWhenItFailsWithACodeThatMayNotTravel) {
    Endpoint engine = server();

    engine->fail(CloseCode::abnormal, UsageError::cancelled, engine.now);

    EXPECT_EQ(engine->buffered_bytes(), 0U);
}

TEST(WslayEngine, WaitsForWhateverIsDueFirst) {
    Endpoint engine = server({.message_timeout = 30s, .ping_interval = 20s, .pong_timeout = 60s});
    engine->handle_timeout(engine.now);
    engine.receive(wire("02 81 00000000 61"));
    EXPECT_EQ(engine->next_timeout(), engine.now + 20s);
    engine->set_reading(true, engine.now + 5s);
    const Instant start = engine.now;

    engine.advance(20s);
    EXPECT_EQ(engine.take_output(), wire("89 04 00000001")) << "a Ping";
    EXPECT_EQ(engine->next_timeout(), start + 30s);
    engine.advance(10s);

    ASSERT_EQ(engine.closes.size(), 1U);
    EXPECT_EQ(engine.closes[0].error, TransportError::message_timeout);
}

TEST(WslayEngine, DoesNothingWhenNothingIsDue) {
    Endpoint engine = server({.ping_interval = std::nullopt});

    engine->handle_timeout(engine.now + 1h);

    EXPECT_EQ(engine->buffered_bytes(), 0U);
    EXPECT_TRUE(engine->open());
}

TEST(WslayEngine, MayOweAsManyPongsAsTheOptionsCanSay) {
    Endpoint engine = server(
        {.max_message_bytes = 125, .max_buffered_bytes = std::numeric_limits<std::size_t>::max()});
    for (int i = 0; i < 3; ++i) {
        engine.receive(test::frame(Role::client, 0x89, std::string(100, 'x')));
    }
    EXPECT_TRUE(engine.closes.empty());
}

}  // namespace
}  // namespace tautline::websocket
