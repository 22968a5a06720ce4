// SPDX-License-Identifier: MIT
// What an idle connection costs, as the allocator counts it: its own overhead included.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/wire.hpp>
#include <unistd.h>

#include <tautline/observe/metrics.hpp>
#include <tautline/server/server.hpp>

namespace tautline {
namespace {

using test::kEcho;
using test::kHello;
using test::RawClient;
using test::RunningServer;
using test::upgrade_request;

constexpr std::size_t kWarmUp = 16;
constexpr std::size_t kConnections = 400;  // twice as many descriptors: fewer than 1024
// what scripts/bench finds (idle); few connections weigh heavier the spare room that
// tables have at their ends.
constexpr std::size_t kMostBytes = 256;

// The id that an observer is told, and what the allocator rounds it up to.
constexpr std::size_t kBytesOfObserved = 16;

struct ServerMemoryTest : testing::Test {
    explicit ServerMemoryTest(ServerOptions server_options = {})
        : running(std::move(server_options)) {
        RouteOptions options;
        options.connection.compression = deflate::Options();
        running.server.websocket(
            "/echo", {.on_message = [](Peer& peer, MessageView message) { peer.send(message); }},
            options);
        port = running.start();
        descriptors.reserve(kWarmUp + kConnections);
    }
    ~ServerMemoryTest() override {
        for (const int descriptor : descriptors) ::close(descriptor);
    }

    void open(std::size_t count, const std::string& fields, const std::string& message = {}) {
        for (std::size_t i = 0; i < count; ++i) {
            RawClient client(port);
            client.send(upgrade_request("/echo", fields));
            EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 101 "));
            if (!message.empty()) {
                client.send(message);
                EXPECT_EQ(client.read(kEcho.size()), kEcho);
            }
            descriptors.push_back(client.release());
        }
    }
    /// Bytes in use once the server has nothing to do.
    [[nodiscard]] std::size_t bytes_in_use() const {
        RawClient last(port);
        last.send("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        (void)last.read_all();
        return ::mallinfo2().uordblks;
    }
    /// What each of many such connections costs.
    [[nodiscard]] std::size_t bytes_each(const std::string& fields,
                                         const std::string& message = {}) {
        open(kWarmUp, fields, message);
        const std::size_t before = bytes_in_use();
        open(kConnections, fields, message);
        return (bytes_in_use() - before) / kConnections;
    }

    RunningServer running;
    std::uint16_t port = 0;
    std::vector<int> descriptors;
};

// Sanitizers have allocators of their own, which count nothing here.
#define SKIP_WHEN_NOT_COUNTED() \
    if (::mallinfo2().uordblks == 0) GTEST_SKIP() << "this allocator does not count"

TEST_F(ServerMemoryTest, AnIdleConnectionCostsFewBytes) {
    SKIP_WHEN_NOT_COUNTED();
    EXPECT_LE(bytes_each(""), kMostBytes);
}

TEST_F(ServerMemoryTest, SoDoesOneThatAgreedOnCompression) {
    SKIP_WHEN_NOT_COUNTED();
    EXPECT_LE(bytes_each("Sec-WebSocket-Extensions: permessage-deflate\r\n"), kMostBytes);
}

TEST_F(ServerMemoryTest, SoDoesOneThatHasEchoedAMessage) {
    SKIP_WHEN_NOT_COUNTED();
    EXPECT_LE(bytes_each("", kHello), kMostBytes);
}

struct ObservedServerMemoryTest : ServerMemoryTest {
    ObservedServerMemoryTest()
        : ServerMemoryTest({.observer = std::make_shared<observe::Metrics>()}) {}
};

TEST_F(ObservedServerMemoryTest, AnIdleConnectionCostsLittleMore) {
    SKIP_WHEN_NOT_COUNTED();
    EXPECT_LE(bytes_each("", kHello), kMostBytes + kBytesOfObserved);
}

}  // namespace
}  // namespace tautline
