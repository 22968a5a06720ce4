// SPDX-License-Identifier: MIT
// How much of what a peer has sent a session delivers before others have their turn.
#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/session_pair.hpp>

namespace tautline::session {
namespace {

using test::Log;

constexpr std::size_t kMessageBytes = std::size_t{256} * 1024;
constexpr std::size_t kMessages = 40;

// A client that has sent messages which are a thousand times smaller on their way.
struct DriverBudget : testing::Test {
    explicit DriverBudget(Delivery delivery = Delivery::whole) {
        auto [near, far] = transport::make_memory_pair(loop);
        client_stream = near.get();
        Handlers handlers = server.handlers();
        handlers.on_message = [this](Peer&, MessageView message) { deliver(message.bytes.size()); };
        handlers.on_part = [this](Peer&, PartView part) { deliver(part.bytes.size()); };
        driver = &start(std::move(far),
                        {.handlers = std::move(handlers), .options = {.delivery = delivery}});
        (void)start(std::move(near), {.role = Role::client, .handlers = client.handlers()});
        for (std::size_t i = 0; i < kMessages; ++i) {
            (void)client.peer->send(std::string(kMessageBytes, 'x'));
        }
    }
    Driver& start(std::unique_ptr<transport::ByteStream> stream, test::SessionSetup setup) {
        setup.compression = deflate::Parameters{};
        return test::start_session(loop, registry, std::move(stream), std::move(setup));
    }
    void deliver(std::size_t bytes) {
        if (delivered == 0) loop.post([this] { before_others = delivered; });
        delivered += bytes;
        if (at_delivery) at_delivery();
    }
    void run() { test::run_ready(context); }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    Log client;
    Log server;
    Driver* driver = nullptr;  // of the server
    transport::MemoryStream* client_stream = nullptr;
    std::size_t delivered = 0;
    std::size_t before_others = 0;
    std::function<void()> at_delivery;
};

TEST_F(DriverBudget, L08_LeavesTheLoopToOthersAfterSomeMessagesOfOneRead) {
    run();

    EXPECT_GE(before_others, std::size_t{1} << 20);
    EXPECT_LE(before_others, (std::size_t{1} << 20) + kMessageBytes);
    EXPECT_EQ(delivered, kMessages * kMessageBytes);
}

TEST_F(DriverBudget, DeliversTheRestBeforeTheCloseBehindIt) {
    (void)client.peer->close(CloseCode{4000});
    run();

    EXPECT_EQ(delivered, kMessages * kMessageBytes);
    EXPECT_EQ(server.closed.at(0).code, CloseCode{4000});
    EXPECT_TRUE(client.closed.at(0).clean);
}

TEST_F(DriverBudget, DeliversTheRestWhenTheStreamIsGone) {
    at_delivery = [this] { client_stream->close(); };
    run();

    EXPECT_EQ(delivered, kMessages * kMessageBytes);
    EXPECT_EQ(server.closed.size(), 1U);
}

TEST_F(DriverBudget, RefusesAPingOnceTheStreamIsGoneThoughTheEndIsToldLater) {
    std::vector<std::expected<void, UsageError>> pings;
    at_delivery = [&] {
        client_stream->close();
        pings.push_back(server.peer->ping());
    };
    run();

    EXPECT_TRUE(pings.front());
    EXPECT_EQ(pings.back(), std::unexpected(UsageError::closed));
}

TEST_F(DriverBudget, RefusesAPingOnceTheStreamIsBrokenThoughTheEndIsToldLater) {
    std::vector<std::expected<void, UsageError>> pings;
    at_delivery = [&] {
        // Its session is gone by the next message.
        auto* const stream = std::exchange(client_stream, nullptr);
        if (stream) stream->fail(make_error_code(std::errc::connection_reset));
        pings.push_back(server.peer->ping());
    };
    run();

    EXPECT_TRUE(pings.front());
    EXPECT_EQ(pings.back(), std::unexpected(UsageError::closed));
}

// Takes note of what it is told.
struct NotingReader : Reader {
    void receive_end_of_stream(std::error_code error) override { errors.push_back(error); }
    std::vector<std::error_code> errors;
};

TEST_F(DriverBudget, TellsAReaderThatPausesBehindTheEndOfTheStream) {
    const auto reader = std::make_shared<NotingReader>();
    driver->set_reader(reader);
    at_delivery = [&] {
        client_stream->close();
        if (delivered == 15 * kMessageBytes) server.peer->set_reading(false);
    };
    run();

    EXPECT_EQ(reader->errors, std::vector{std::error_code()});
    EXPECT_TRUE(server.closed.empty());
}

TEST_F(DriverBudget, TellsAReaderThatReadsOnNothingButTheEnd) {
    const auto reader = std::make_shared<NotingReader>();
    driver->set_reader(reader);
    at_delivery = [this] { client_stream->close(); };
    run();

    EXPECT_TRUE(reader->errors.empty());
    EXPECT_EQ(server.closed.size(), 1U);
}

TEST_F(DriverBudget, StaysStoppedWhereTheApplicationStopsReading) {
    at_delivery = [this] {
        if (delivered == 5 * kMessageBytes) server.peer->set_reading(false);
    };
    run();
    EXPECT_EQ(delivered, 5 * kMessageBytes);

    server.peer->set_reading(true);
    run();
    EXPECT_EQ(delivered, kMessages * kMessageBytes);
}

TEST_F(DriverBudget, TellsTheEndOfAHandlerThatThrowsAtItsLimit) {
    at_delivery = [this] {
        if (delivered == 5 * kMessageBytes) throw 1;
    };
    run();

    EXPECT_EQ(delivered, 5 * kMessageBytes);
    EXPECT_EQ(server.closed.at(0).error, UsageError::handler_threw);
}

struct DriverBudgetOfParts : DriverBudget {
    DriverBudgetOfParts() : DriverBudget(Delivery::streamed) {}
};

TEST_F(DriverBudgetOfParts, L08_LeaveTheLoopToOthersToo) {
    run();

    EXPECT_LE(before_others, (std::size_t{1} << 20) + kMessageBytes);
    EXPECT_EQ(delivered, kMessages * kMessageBytes);
}

}  // namespace
}  // namespace tautline::session
