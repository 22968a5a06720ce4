// SPDX-License-Identifier: MIT
#include <tautline/server/listener.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/no_descriptors.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/server/listen_socket.hpp>

namespace tautline::server {
namespace {

using test::NoDescriptors;
using test::RawClient;
using test::run_ready;
using test::run_until;

struct Guests final : ListenerHandler {
    bool take_slot() override {
        ++asked;
        if (slots == 0) return false;
        --slots;
        return true;
    }
    void give_slot_back() override { ++slots; }
    void on_connection(Descriptor connection, const transport::SocketAddress& peer) override {
        connections.push_back(std::move(connection));
        peers.push_back(peer.to_string());
    }
    void on_refused(const transport::SocketAddress& peer) override {
        refused.push_back(peer.to_string());
    }

    int slots = 1000;
    int asked = 0;
    std::vector<Descriptor> connections;
    std::vector<std::string> peers;
    std::vector<std::string> refused;
};

struct ListenerTest : testing::Test {
    ListenerTest() : socket(*open_listen_socket({})) { port = socket.port; }

    void listen() { listener.emplace(loop, std::move(socket.descriptor), guests); }
    bool come(std::size_t count) {
        return run_until(context, [&] { return guests.connections.size() >= count; });
    }

    ListenSocket socket;
    std::uint16_t port;
    Guests guests;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::optional<Listener> listener;
};

TEST_F(ListenerTest, GivesConnectionsToItsHandler) {
    listen();
    const RawClient client(port);

    EXPECT_TRUE(come(1));
    EXPECT_EQ(guests.slots, 999);
}

TEST_F(ListenerTest, TellsTheAddressOfAPeerThatHasResetItsConnection) {
    const std::string gone = test::reset_connection(port);
    listen();

    ASSERT_TRUE(come(1));

    EXPECT_EQ(guests.peers, std::vector{gone});
}

TEST_F(ListenerTest, AcceptsWhatDoesNotBlockAndIsNotInherited) {
    listen();
    const RawClient client(port);
    ASSERT_TRUE(come(1));

    const int fd = guests.connections[0].get();
    EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(ListenerTest, AcceptsAFewInOneTurnAndTheRestInTheNext) {
    std::vector<RawClient> clients;
    for (int i = 0; i < Listener::kBatch + 4; ++i) clients.emplace_back(port);
    listen();
    std::size_t first_turn = 0;

    const bool all = run_until(context, [&] {
        const std::size_t come = guests.connections.size();
        if (first_turn == 0) first_turn = come;
        return come == clients.size();
    });

    EXPECT_TRUE(all);
    EXPECT_LE(first_turn, static_cast<std::size_t>(Listener::kBatch));
}

TEST_F(ListenerTest, PausesWithoutASlotUntilItIsResumed) {
    guests.slots = 1;
    listen();
    const RawClient first(port);
    const RawClient second(port);
    ASSERT_TRUE(come(1));
    run_ready(context);
    const int asked = guests.asked;

    run_ready(context);
    EXPECT_EQ(guests.connections.size(), 1U);
    EXPECT_EQ(guests.asked, asked);

    guests.slots = 1;
    listener->resume();
    EXPECT_TRUE(come(2));
}

TEST_F(ListenerTest, MayBeTwoOnOneSocket) {
    Guests others;
    Listener second(loop, *duplicate(socket.descriptor), others);
    listen();
    std::vector<RawClient> clients;
    for (int i = 0; i < 40; ++i) clients.emplace_back(port);

    EXPECT_TRUE(run_until(
        context, [&] { return guests.connections.size() + others.connections.size() == 40; }));
}

TEST_F(ListenerTest, ClosesItsSocket) {
    listen();
    listener.reset();
    EXPECT_FALSE(RawClient(port).connected());
}

// Row H24: without descriptors the loop rests, and who waits learns it at once.
TEST_F(ListenerTest, RefusesWhoWaitsWhenThereAreNoDescriptors) {
    listen();
    RawClient client(port);
    const NoDescriptors none;

    ASSERT_TRUE(run_until(context, [&] { return guests.asked > 0; }));

    EXPECT_TRUE(client.at_end());
    EXPECT_TRUE(guests.connections.empty());
    EXPECT_EQ(guests.slots, 1000);
}

TEST_F(ListenerTest, DoesNotSpinWhenThereAreNoDescriptors) {
    listen();
    std::vector<RawClient> clients;
    for (int i = 0; i < 3 * Listener::kBatch; ++i) clients.emplace_back(port);
    const NoDescriptors none;
    ASSERT_TRUE(run_until(context, [&] { return guests.asked > 0; }));

    for (int i = 0; i < 100; ++i) run_ready(context);

    EXPECT_EQ(guests.asked, 1);
}

TEST_F(ListenerTest, AcceptsAgainWhenThereAreDescriptorsAgain) {
    listen();
    {
        RawClient refused(port);
        const NoDescriptors none;
        ASSERT_TRUE(run_until(context, [&] { return guests.asked > 0; }));
    }
    const RawClient client(port);

    EXPECT_TRUE(come(1));
}

TEST_F(ListenerTest, TellsWhomItRefusesBecauseThereAreNoDescriptors) {
    const std::string gone = test::reset_connection(port);
    listen();
    const NoDescriptors none;

    ASSERT_TRUE(run_until(context, [&] { return !guests.refused.empty(); }));

    EXPECT_EQ(guests.refused, std::vector{gone});
    EXPECT_TRUE(guests.connections.empty());
}

TEST_F(ListenerTest, LetsOtherWorkOfTheLoopGoOnWhileItRests) {
    listen();
    RawClient client(port);
    const NoDescriptors none;
    ASSERT_TRUE(run_until(context, [&] { return guests.asked > 0; }));
    int done = 0;

    for (int i = 0; i < 10; ++i) loop.post([&] { ++done; });
    run_ready(context);

    EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace tautline::server
