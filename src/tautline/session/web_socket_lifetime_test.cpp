// SPDX-License-Identifier: MIT
// Who keeps a connection, and what belongs to it, and for how long.
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>
#include <tests/support/coroutines.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {
namespace {

using test::Coroutines;
using test::Log;

// What an application keeps with a connection.
struct User {
    Sender sender;
    std::shared_ptr<std::string> name;
};

struct WebSocketLifetime : testing::Test {
    // Gives the connection data, with a sender of its own in it.
    std::weak_ptr<std::string> keep_sender_in_data() {
        auto name = std::make_shared<std::string>("anna");
        test.ws->data<User>() = {.sender = test.ws->sender(), .name = name};
        return name;
    }
    void run_to_the_end() {
        EXPECT_TRUE(test.pair.run_until([&] { return test.pair.registry.size() == 0; }));
        test::run_ready(test.pair.context);  // what is retired goes a turn later
    }

    Log server;
    Coroutines test{server.handlers()};
};

TEST_F(WebSocketLifetime, ASenderInItsOwnDataKeepsTheConnectionOpen) {
    const auto name = keep_sender_in_data();

    test.ws.reset();
    test::run_ready(test.pair.context);

    EXPECT_FALSE(name.expired());
    EXPECT_TRUE(server.closed.empty());
}

TEST_F(WebSocketLifetime, ASenderInItsOwnDataGoesWithTheConnection) {
    const auto name = keep_sender_in_data();
    test.ws.reset();

    (void)server.peer->close();
    run_to_the_end();

    EXPECT_TRUE(name.expired());
}

TEST_F(WebSocketLifetime, ASenderInItsOwnDataGoesWithTheWebSocketOfAnEndedConnection) {
    const auto name = keep_sender_in_data();
    (void)server.peer->close();
    run_to_the_end();
    EXPECT_FALSE(name.expired());

    test.ws.reset();

    EXPECT_TRUE(name.expired());
}

TEST_F(WebSocketLifetime, ItsDataStaysAsLongAsASenderKeepsTheConnectionOpen) {
    auto name = std::make_shared<std::string>("anna");
    test.ws->data<User>().name = name;
    const std::weak_ptr<std::string> kept = std::exchange(name, nullptr);
    Sender sender = test.ws->sender();

    test.ws.reset();
    test::run_ready(test.pair.context);
    EXPECT_FALSE(kept.expired());
    sender = Sender();
    run_to_the_end();

    EXPECT_TRUE(kept.expired());
    EXPECT_EQ(server.closed.at(0).code, CloseCode::going_away);
}

TEST_F(WebSocketLifetime, ItsDataCanBeReadBehindTheEnd) {
    test.ws->data<User>().name = std::make_shared<std::string>("anna");

    (void)server.peer->close();
    run_to_the_end();

    EXPECT_EQ(*test.ws->data<User>().name, "anna");
}

TEST(WebSocketLifetimeOfLoop, ItsDataGoesWithTheWebSocketBehindTheEndOfTheLoop) {
    auto name = std::make_shared<std::string>("anna");
    std::optional<WebSocket> ws;
    {
        Coroutines test({});
        ws = std::move(test.ws);
        ws->data<User>() = {.sender = ws->sender(), .name = name};
    }
    EXPECT_EQ(ws->data<User>().name, name);

    ws.reset();

    EXPECT_EQ(name.use_count(), 1);
}

// ── calls that wait while it is dropped ──

// Runs a call of a `WebSocket` and keeps what it gave.
template <typename Result>
struct Call {
    Call(Coroutines& test, asio::awaitable<Result> call) {
        asio::co_spawn(test.pair.context, std::move(call),
                       [this](std::exception_ptr, Result given) { result = std::move(given); });
        test::run_ready(test.pair.context);
        EXPECT_FALSE(result);
    }
    std::optional<Result> result;
};

TEST_F(WebSocketLifetime, DroppingItEndsAReceiveThatWaits) {
    const Call receive(test, test.ws->receive());

    test.ws.reset();
    run_to_the_end();

    EXPECT_EQ(receive.result.value().error().error, UsageError::cancelled);
    EXPECT_EQ(server.closed.at(0).code, CloseCode::going_away);
}

TEST_F(WebSocketLifetime, DroppingItDoesNotGoOnWithAReceiveAtOnce) {
    const Call receive(test, test.ws->receive());
    bool inside = false;

    test.pair.loop.post([&] {
        test.ws.reset();
        inside = receive.result.has_value();
    });
    run_to_the_end();

    EXPECT_FALSE(inside);
}

TEST_F(WebSocketLifetime, DroppingItEndsAReceiveAlsoWhileASenderLives) {
    const Call receive(test, test.ws->receive());
    const Sender sender = test.ws->sender();

    test.ws.reset();
    test::run_ready(test.pair.context);

    EXPECT_EQ(receive.result.value().error().error, UsageError::cancelled);
    EXPECT_TRUE(sender.open());
}

TEST_F(WebSocketLifetime, DroppingItOnAnotherThreadEndsAReceiveThatWaits) {
    const Call receive(test, test.ws->receive());

    std::thread([&] { test.ws.reset(); }).join();
    run_to_the_end();

    EXPECT_EQ(receive.result.value().error().error, UsageError::cancelled);
}

TEST_F(WebSocketLifetime, DroppingItEndsAPingThatWaits) {
    test.pair.server_stream->set_reading(false);
    const Call ping(test, test.ws->ping());

    test.ws.reset();
    test::run_ready(test.pair.context);

    EXPECT_EQ(ping.result.value().error().code, UsageError::cancelled);
}

TEST_F(WebSocketLifetime, DroppingItLeavesACloseItsOwnEnd) {
    test.pair.server_stream->set_reading(false);
    const Call close(test, test.ws->close(CloseCode{4000}));

    test.ws.reset();
    test::run_ready(test.pair.context);
    test.pair.server_stream->set_reading(true);
    run_to_the_end();

    EXPECT_TRUE(close.result.value().clean);
    EXPECT_EQ(server.closed.at(0).code, CloseCode{4000});
}

TEST_F(WebSocketLifetime, ACloseThatIsSpawnedBeforeItIsDroppedHasItsCode) {
    asio::co_spawn(test.pair.context, test.ws->close(CloseCode{4000}), asio::detached);

    test.ws.reset();
    run_to_the_end();

    EXPECT_EQ(server.closed.at(0).code, CloseCode{4000});
}

TEST_F(WebSocketLifetime, AReceiveThatIsAwaitedWhenItIsDroppedDoesNotWait) {
    auto receive = test.ws->receive();
    test.ws.reset();

    ASSERT_TRUE(test.run([&]() -> asio::awaitable<void> {
        EXPECT_EQ((co_await std::move(receive)).error().error, UsageError::cancelled);
    }));
    run_to_the_end();
    EXPECT_EQ(server.closed.at(0).code, CloseCode::going_away);
}

TEST(WebSocketLifetimeOfSend, DroppingItEndsASendThatWaitsForRoom) {
    Log server;
    Coroutines test(server.handlers(), {.low_water_bytes = 100, .max_buffered_bytes = 1000}, 100);
    test.pair.server_stream->set_reading(false);
    const auto first = test.ws->send(std::string(1500, 'a'));
    const Call second(test, test.ws->send("waits"));

    test.ws.reset();
    test::run_ready(test.pair.context);

    EXPECT_EQ(second.result.value().error().code, UsageError::cancelled);
    test.pair.server_stream->set_reading(true);
    EXPECT_TRUE(test.pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.messages, std::vector{std::string(1500, 'a')});
    EXPECT_EQ(server.closed.at(0).code, CloseCode::going_away);
}

}  // namespace
}  // namespace tautline
