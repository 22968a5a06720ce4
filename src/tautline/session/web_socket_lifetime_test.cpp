// SPDX-License-Identifier: MIT
// Who keeps a connection, and what belongs to it, and for how long.
#include <memory>
#include <optional>
#include <string>
#include <utility>

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

}  // namespace
}  // namespace tautline
