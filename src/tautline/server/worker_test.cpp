// SPDX-License-Identifier: MIT
#include <tautline/server/worker.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/raw_client.hpp>

#include <tautline/server/listen_socket.hpp>

namespace tautline::server {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using test::upgrade_request;
using testing::ElementsAre;
using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr const char* kHealth = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

struct WorkerTest : testing::Test {
    WorkerTest() {
        routes.add_get("/health", [](const Request&) { return Response::text("ok"); });
        routes.add_websocket("/echo", {}, {.connection = {.close_timeout = 1h}});
        options.handshake_timeout = 1h;
    }
    ~WorkerTest() override { stop(0s); }

    // Who connects behind it waits until `run`.
    void listen() {
        socket = std::move(*open_listen_socket({}));
        port = socket.port;
    }
    void run() { run(address_limit); }
    void run(AddressLimit& of_each_address) {
        if (port == 0) listen();
        worker.emplace(routes, options, limit, of_each_address);
        limit.set_on_room([this] { worker->resume_accepting(); });
        worker->listen(std::move(socket.descriptor), std::make_shared<const TlsSetting>());
        thread = std::jthread([this] { worker->run(); });
    }
    void stop(Duration deadline) {
        if (!thread.joinable()) return;
        worker->stop(deadline);
        thread.join();
    }
    // A peer that has reset its connection already, whose address it returns, and one that sees
    // the end of it.
    std::string turn_two_away() {
        listen();
        std::string gone = test::reset_connection(port);
        RawClient client(port);
        run();
        EXPECT_TRUE(client.at_end());
        stop(10s);
        return gone;
    }
    // Lets the worker adopt one end of a connection: returns the other.
    Descriptor adopt(http::RequestHead request = {}) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        worker->adopt({Descriptor(ends[0]), std::move(request), {}});
        return Descriptor(ends[1]);
    }
    std::string ask(RawClient& client) {
        client.send(kHealth);
        return client.read_until("ok");
    }

    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
    Routes routes;
    ServerOptions options;
    ConnectionLimit limit{2};
    AddressLimit address_limit{0};
    ListenSocket socket;
    std::optional<Worker> worker;
    std::uint16_t port = 0;
    std::jthread thread;
};

TEST_F(WorkerTest, ServesItsConnections) {
    run();
    RawClient client(port);
    EXPECT_THAT(ask(client), EndsWith("ok"));
}

TEST_F(WorkerTest, CountsItsConnections) {
    run();
    RawClient client(port);
    (void)ask(client);
    EXPECT_EQ(limit.open(), 1U);

    client.close();
    stop(10s);

    EXPECT_EQ(limit.open(), 0U);
}

TEST_F(WorkerTest, LetsConnectionsWaitAtTheLimit) {
    run();
    RawClient first(port);
    RawClient second(port);
    (void)ask(first);
    (void)ask(second);
    RawClient third(port);
    third.send(kHealth);

    EXPECT_EQ(limit.open(), 2U);
    first.close();

    EXPECT_THAT(third.read_until("ok"), EndsWith("ok"));
}

TEST_F(WorkerTest, AsksWhetherAPeerIsAdmitted) {
    std::string peer;
    options.admit = [&](const std::string& address) {
        peer = address;
        return false;
    };
    run();
    RawClient client(port);

    EXPECT_TRUE(client.at_end());
    stop(10s);
    EXPECT_THAT(peer, StartsWith("127.0.0.1:"));
    EXPECT_EQ(limit.open(), 0U);
}

// The system knows the peer of such a connection only while it is accepted.
TEST_F(WorkerTest, AsksForAPeerThatHasResetItsConnection) {
    std::vector<std::string> peers;
    options.admit = [&](const std::string& address) {
        peers.push_back(address);
        return false;
    };
    const std::string gone = turn_two_away();
    EXPECT_THAT(peers, ElementsAre(gone, StartsWith("127.0.0.1:")));
}

TEST_F(WorkerTest, LetsNobodyInWhenAskingThrows) {
    options.admit = [](const std::string&) -> bool { throw 1; };
    run();
    RawClient client(port);

    EXPECT_TRUE(client.at_end());
}

TEST_F(WorkerTest, TellsAnObserverWhomItDoesNotAdmit) {
    options.observer = journal;
    options.admit = [](const std::string&) { return false; };
    const std::string gone = turn_two_away();

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_THAT(journal->of(calls[0]), ElementsAre("ConnectionRefused " + gone + " not_admitted"));
}

TEST_F(WorkerTest, TellsAnObserverWhatAskingThrows) {
    options.observer = journal;
    options.admit = [](const std::string&) -> bool { throw std::runtime_error("of asking"); };
    run();
    RawClient client(port);
    EXPECT_TRUE(client.at_end());
    stop(10s);

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_THAT(journal->of(calls[0]),
                ElementsAre("HandlerThrew of asking",
                            MatchesRegex("ConnectionRefused 127.0.0.1:[0-9]+ not_admitted")));
}

TEST_F(WorkerTest, TellsAnObserverOfAnAddressWithTooManyConnections) {
    AddressLimit one(1);
    options.observer = journal;
    listen();
    run(one);
    RawClient first(port);
    (void)ask(first);
    RawClient second(port);
    EXPECT_TRUE(second.at_end());
    stop(0s);

    ASSERT_EQ(journal->calls().size(), 2U);
    EXPECT_THAT(journal->of(journal->calls()[1]),
                ElementsAre(MatchesRegex("ConnectionRefused 127.0.0.1:[0-9]+ address_limit")));
}

TEST_F(WorkerTest, StopsAtOnceWithoutConnections) {
    run();
    stop(1h);
    EXPECT_FALSE(RawClient(port).connected());
}

TEST_F(WorkerTest, StopsBeforeItRuns) {
    worker.emplace(routes, options, limit, address_limit);
    worker->stop(1h);
    worker->run();
}

TEST_F(WorkerTest, ClosesWebSocketsWhenItStops) {
    run();
    RawClient client(port);
    client.send(upgrade_request("/echo"));
    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));

    worker->stop(1h);

    // Close with 1001; the masked answer; then the end.
    EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
    client.send(std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
    EXPECT_TRUE(client.at_end());
    client.close();
    thread.join();
}

// The sum with the present time would be long past.
TEST_F(WorkerTest, WaitsForPeersWhenThereIsNoDeadline) {
    std::vector<bool> clean;
    routes.add_websocket(
        "/told", {.on_closed = [&](Peer&, const Closed& end) { clean.push_back(end.clean); }}, {});
    run();
    RawClient client(port);
    client.send(upgrade_request("/told"));
    (void)client.read_head();

    worker->stop(Duration::max());

    EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
    client.send(std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
    EXPECT_TRUE(client.at_end());
    client.close();
    thread.join();
    EXPECT_THAT(clean, ElementsAre(true));
}

TEST_F(WorkerTest, DropsWhatIsLeftAtTheDeadline) {
    run();
    RawClient client(port);
    client.send(upgrade_request("/echo"));
    (void)client.read_head();

    stop(20ms);

    EXPECT_EQ(client.read_all(), "\x88\x02\x03\xe9");
    EXPECT_EQ(limit.open(), 0U);
}

TEST_F(WorkerTest, TakesTheEarliestOfTwoDeadlines) {
    run();
    RawClient client(port);
    client.send(upgrade_request("/echo"));
    (void)client.read_head();

    worker->stop(1h);
    worker->stop(20ms);
    worker->stop(1h);

    EXPECT_EQ(client.read_all(), "\x88\x02\x03\xe9");
    EXPECT_FALSE(client.broken());
}

TEST_F(WorkerTest, AdoptsAConnection) {
    run();
    http::RequestHead request{
        .method = "GET", .target = "/health", .fields = {{"Host", "a"}, {"Connection", "close"}}};

    const Descriptor mine = adopt(std::move(request));

    std::string answer(1000, '\0');
    answer.resize(static_cast<std::size_t>(::recv(mine.get(), answer.data(), answer.size(), 0)));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nok"));
}

TEST_F(WorkerTest, AdoptsNothingWhenItIsFull) {
    options.observer = journal;
    run();
    RawClient first(port);
    RawClient second(port);
    (void)ask(first);
    (void)ask(second);

    const Descriptor mine = adopt();

    char byte = 0;
    EXPECT_EQ(::recv(mine.get(), &byte, 1, 0), 0);
    stop(0s);
    const auto last = journal->calls().back();
    EXPECT_THAT(journal->of(last), ElementsAre("ConnectionRefused unix: connection_limit"));
}

TEST_F(WorkerTest, CountsWhatItAdoptsForItsAddress) {
    AddressLimit one(1);
    options.observer = journal;
    run(one);
    RawClient first(port);
    (void)ask(first);
    const auto other = std::move(*open_listen_socket({}));
    RawClient second(other.port);

    worker->adopt({Descriptor(::accept(other.descriptor.get(), nullptr, nullptr)), {}, {}});

    EXPECT_TRUE(second.at_end());
    stop(0s);
    EXPECT_EQ(limit.open(), 0U);
    EXPECT_THAT(journal->of(journal->calls().back()),
                ElementsAre(MatchesRegex("ConnectionRefused 127.0.0.1:[0-9]+ address_limit")));
}

TEST_F(WorkerTest, AdoptsNothingOnceItHasRun) {
    run();
    stop(0s);

    const Descriptor mine = adopt();

    char byte = 0;
    EXPECT_EQ(::recv(mine.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(WorkerTest, AdoptsNothingWhileItStops) {
    run();
    RawClient client(port);
    client.send(upgrade_request("/echo"));
    (void)client.read_head();
    worker->stop(1h);
    http::RequestHead request{.method = "GET", .target = "/health", .fields = {{"Host", "a"}}};

    const Descriptor mine = adopt(std::move(request));

    char byte = 0;
    EXPECT_EQ(::recv(mine.get(), &byte, 1, 0), 0);
}

TEST_F(WorkerTest, IsDestroyedWithItsConnections) {
    run();
    RawClient client(port);
    client.send(upgrade_request("/echo"));
    (void)client.read_head();
    worker->stop(1h);
    worker->stop(0s);
    thread.join();

    worker.reset();

    EXPECT_EQ(limit.open(), 0U);
}

TEST(TlsSetting, GivesWhatWasSetLast) {
    TlsSetting setting;
    EXPECT_FALSE(setting.get());
    const auto made = transport::TlsServerContext::make({});
    EXPECT_FALSE(made);
    setting.set(nullptr);
    EXPECT_FALSE(setting.get());
}

}  // namespace
}  // namespace tautline::server
