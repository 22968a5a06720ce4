// SPDX-License-Identifier: MIT
#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/client/client.hpp>
#include <tautline/server/server.hpp>

// Many WebSockets of one client on one HTTP/2 connection, and its loss.

namespace tautline {
namespace {

constexpr std::size_t kSessions = 1000;

// Ends a connection of this process in both directions, as if the network had.
void lose_connection(const std::string& local_address) {
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
        if (!local_address.ends_with(":" + std::to_string(ntohs(address.sin_port)))) continue;
        ASSERT_EQ(::shutdown(fd, SHUT_RDWR), 0);
        return;
    }
    FAIL() << "there is no socket at " << local_address;
}

// How often each session was told its end, at both sides.
struct Ends {
    explicit Ends(std::function<void(Ends&)> at_last_open) : lose(std::move(at_last_open)) {
        const ListenOptions listen{.tls = test::server_options_for({"localhost"})};
        server.websocket("/", {.on_open = [this](Peer&) { ++served; },
                               .on_closed =
                                   [this](Peer& peer, const Closed&) {
                                       EXPECT_EQ(++peer.data<int>(), 1);
                                       ++at_server;
                                   }});
        url = "wss://localhost:" + std::to_string(server.listen(listen)->port) + "/";
        thread = std::thread([this] { server.run(); });
        options.tls = test::client_options();
        open(0);
        client->run();
        client.reset();
        server.stop(std::chrono::seconds(10));
        thread.join();
    }
    // The first opens the connection that the others find.
    void open(std::size_t number) {
        client->connect(
            url,
            {.on_open = [this](Peer& peer) { opened(peer); },
             .on_closed = [this, number](Peer&, const Closed&) { ++at_client[number]; }},
            options, [](const Error& error) { ADD_FAILURE() << error.to_string(); });
    }
    void opened(Peer& peer) {
        EXPECT_EQ(peer.info().stream.alpn, "h2");
        addresses.insert(peer.info().stream.local_address);
        if (++open_count == 1) {
            for (std::size_t i = 1; i < kSessions; ++i) open(i);
        }
        if (open_count == kSessions) lose(*this);
    }

    std::function<void(Ends&)> lose;
    Server server;
    std::thread thread;
    std::string url;
    ClientOptions options;
    std::optional<Client> client{std::in_place};
    std::size_t open_count = 0;
    std::set<std::string> addresses;  // One: all are on one connection.
    std::vector<int> at_client = std::vector<int>(kSessions);
    std::atomic<std::size_t> served = 0;
    std::atomic<std::size_t> at_server = 0;
};

TEST(ClientH2, X07_EachOfAThousandSessionsEndsOnceWhenTheirConnectionIsLost) {
    const Ends ends([](Ends& now) { lose_connection(*now.addresses.begin()); });

    EXPECT_EQ(ends.addresses.size(), 1U);
    EXPECT_EQ(ends.at_client, std::vector<int>(kSessions, 1));
    EXPECT_EQ(ends.served, kSessions);
    EXPECT_EQ(ends.at_server, kSessions);
}

TEST(ClientH2, X07_EachSessionEndsOnceWhenTheServerDropsTheConnection) {
    const Ends ends([](Ends& now) { now.server.stop(Duration::zero()); });

    EXPECT_EQ(ends.at_client, std::vector<int>(kSessions, 1));
    EXPECT_EQ(ends.at_server, ends.served);
}

TEST(ClientH2, X07_EachSessionEndsOnceWhenTheServerGoesAway) {
    const Ends ends([](Ends& now) { now.server.stop(std::chrono::seconds(10)); });

    EXPECT_EQ(ends.at_client, std::vector<int>(kSessions, 1));
    EXPECT_EQ(ends.at_server, ends.served);
}

TEST(ClientH2, X07_EachSessionEndsOnceWhenTheClientStops) {
    const Ends ends([](Ends& now) { now.client->stop(); });

    EXPECT_EQ(ends.at_client, std::vector<int>(kSessions, 1));
    EXPECT_EQ(ends.at_server, kSessions);
}

// The server allows no reset at all.
TEST(ClientH2, X02_WebSocketsThatEndInOrderResetNothing) {
    ServerOptions server_options;
    server_options.http2->reset_burst = 0;
    Server server(std::move(server_options));
    server.websocket("/", {});
    const ListenOptions listen{.tls = test::server_options_for({"localhost"})};
    const auto url = "wss://localhost:" + std::to_string(server.listen(listen)->port) + "/";
    std::thread thread([&] { server.run(); });
    ClientOptions options;
    options.tls = test::client_options();
    Client client;
    std::vector<Closed> ends;
    Peer* keeper = nullptr;

    const std::function<void()> open = [&] {
        client.connect(url,
                       {.on_open =
                            [&](Peer& peer) {
                                if (keeper) return (void)peer.close();
                                keeper = &peer;
                                open();
                            },
                        .on_closed =
                            [&](Peer& peer, const Closed& end) {
                                ends.push_back(end);
                                if (&peer == keeper) return;
                                ends.size() < 5 ? open() : (void)keeper->close();
                            }},
                       options, [](const Error& error) { ADD_FAILURE() << error.to_string(); });
    };
    open();
    client.run();
    server.stop(Duration::zero());
    thread.join();

    EXPECT_EQ(ends.size(), 6U);
    for (const Closed& end : ends) EXPECT_TRUE(end.clean);
}

}  // namespace
}  // namespace tautline
