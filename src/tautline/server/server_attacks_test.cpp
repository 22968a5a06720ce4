// SPDX-License-Identifier: MIT
// Attacks on the opening handshake of a real server. After each of them another connection of the
// same loop must still be served.
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/wire.hpp>

#include <tautline/server/server.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using test::kEcho;
using test::kHello;
using test::RawClient;
using test::RunningServer;
using test::upgrade_request;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct ServerAttackTest : testing::Test {
    explicit ServerAttackTest(ServerOptions options = {}) : running(std::move(options)) {
        running.server.websocket(
            "/echo", {.on_open = [this](Peer&) { ++opened; },
                      .on_message = [](Peer& peer, MessageView message) { peer.send(message); }});
        running.server.websocket("/ask", {}, {.on_upgrade = [this](UpgradeRequest request) {
                                     ++asked;
                                     request.accept({{"X-Name", field_value}});
                                 }});
        running.server.get("/health", [](const Request&) { return Response::text("fine"); });
        port = running.start();
        bystander.emplace(port);
    }
    ~ServerAttackTest() override {
        bystander->send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(bystander->read_until("fine"), StartsWith("HTTP/1.1 200 "));
    }

    /// The status line of the answer to `request`, on a connection of its own that must end.
    std::string refusal(std::string_view request) const {
        RawClient client(port);
        client.send(request);
        const auto line = client.read_line();
        (void)client.read_all();
        EXPECT_FALSE(client.broken());
        return line;
    }
    /// The status line of the answer to `request`.
    std::string answer(std::string_view request) const {
        RawClient client(port);
        client.send(request);
        return client.read_line();
    }

    std::string field_value = "x";
    std::atomic<int> opened = 0;
    std::atomic<int> asked = 0;
    RunningServer running;
    std::uint16_t port = 0;
    std::optional<RawClient> bystander;
};

// Only time can end a head here: no length of it is too much.
struct ServerAttackInHasteTest : ServerAttackTest {
    static constexpr std::size_t kEnough = std::size_t{1} << 30;

    ServerAttackInHasteTest()
        : ServerAttackTest(
              {.handshake_timeout = 50ms,
               .head_limits = {.head_bytes = kEnough, .line_bytes = kEnough, .fields = kEnough}}) {}
    // What stands by would be idle for too long.
    void SetUp() override { bystander.emplace(port); }
    void TearDown() override { bystander.emplace(port); }
};

TEST_F(ServerAttackTest, H01RefusesALineOf20MegabytesAtTheLimit) {
    RawClient client(port);
    client.send("GET /echo HTTP/1.1\r\nX: ");
    const std::string piece(4096, 'a');
    int sent = 0;
    while (sent < 5000 && client.send(piece)) ++sent;

    EXPECT_LT(sent, 5000);
}

TEST_F(ServerAttackTest, H01TellsWhyALineIsRefused) {
    EXPECT_EQ(refusal("GET /echo HTTP/1.1\r\nX: " + std::string(100'000, 'a')),
              "HTTP/1.1 431 Request Header Fields Too Large\r\n");
}

TEST_F(ServerAttackTest, H02RefusesTenThousandFields) {
    std::string request = "GET /health HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 10'000; ++i) request += "A:b\r\n";

    EXPECT_THAT(refusal(request), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerAttackTest, H02TakesExactlyAsManyFieldsAsAreAllowed) {
    std::string request = "GET /health HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i) request += "A: b\r\n";

    EXPECT_THAT(answer(request + "\r\n"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(refusal(request + "A: b\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerAttackTest, H03RefusesARequestLineOfAMegabyte) {
    EXPECT_THAT(answer("GET /" + std::string(1'000'000, 'a')), StartsWith("HTTP/1.1 414 "));
}

TEST_F(ServerAttackInHasteTest, H04CutsAPeerThatDripsByTheTotal) {
    RawClient client(port);
    // A server that counts from the last byte would take them all, and answer nothing.
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (!client.readable() && std::chrono::steady_clock::now() < patience) client.send("x");

    EXPECT_TRUE(client.readable());
    EXPECT_THAT(client.read_line(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerAttackInHasteTest, H04CutsAPeerThatStallsAnywhere) {
    const auto request = upgrade_request("/echo");
    for (const std::size_t stop : {std::size_t{0}, std::size_t{5}, request.find('\n'),
                                   request.find('\n') + 1, request.size() - 1}) {
        RawClient client(port);
        client.send(request.substr(0, stop));
        (void)client.read_all();
        EXPECT_FALSE(client.broken()) << stop;
    }
}

TEST_F(ServerAttackTest, H10ComparesTokensAsAWhole) {
    const auto request = [](std::string_view upgrade, std::string_view connection) {
        return "GET /echo HTTP/1.1\r\nHost: a\r\n" + std::string(upgrade) +
               std::string(connection) +
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    };
    const auto* const good_upgrade = "Upgrade: websocket\r\n";
    const auto* const good_connection = "Connection: Upgrade\r\n";

    EXPECT_THAT(answer(request(good_upgrade, "Connection: keep-alive, Upgrade\r\n")),
                StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer(request("Upgrade: h2c\r\nUpgrade: WebSocket\r\n",
                               "Connection: keep-alive\r\nConnection: upgrade\r\n")),
                StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(refusal(request(good_upgrade, "Connection: notupgrade\r\n")),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(refusal(request("Upgrade: notwebsocket\r\n", good_connection)),
                StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(refusal(request("Upgrade: websocket/13\r\n", good_connection)),
                StartsWith("HTTP/1.1 426 "));
}

TEST_F(ServerAttackTest, H11AnswersOtherVersionsWithTheOneThatItSpeaks) {
    for (const char* version : {"12", "14", "13, 8", ""}) {
        RawClient client(port);
        client.send(
            "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: " +
            std::string(version) + "\r\n\r\n");
        const auto head = client.read_head();
        EXPECT_THAT(head, StartsWith("HTTP/1.1 426 ")) << version;
        EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n")) << version;
    }
}

TEST_F(ServerAttackTest, H12RefusesOtherMethodsVersionsTargetsAndHosts) {
    const auto with = [](std::string_view line, std::string_view host) {
        return std::string(line) + "\r\n" + std::string(host) +
               "Upgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    };
    const auto* const host = "Host: a\r\n";

    EXPECT_THAT(refusal(with("POST /echo HTTP/1.1", host)), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(refusal(with("GET /echo HTTP/1.0", host)), StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(refusal(with("GET /echo HTTP/2.0", host)), StartsWith("HTTP/1.1 505 "));
    EXPECT_THAT(refusal(with("GET http://a/echo HTTP/1.1", host)), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(refusal(with("GET /echo#top HTTP/1.1", host)), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(refusal(with("GET /echo HTTP/1.1", "")), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(refusal(with("GET /echo HTTP/1.1", "Host: a\r\nHost: a\r\n")),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(refusal(with("GET /echo HTTP/1.1", "Host: \r\n")), StartsWith("HTTP/1.1 400 "));
}

// RFC 9110 section 7.8: the page, and what stands behind the head is read as nothing else.
TEST_F(ServerAttackTest, H12GivesHttp10ThePageThatIsServedThere) {
    RawClient client(port);
    client.send(
        "GET /health HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
        kHello + "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");

    const auto all = client.read_all();

    EXPECT_FALSE(client.broken());
    EXPECT_THAT(all, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(all, EndsWith("\r\n\r\nfine"));
    EXPECT_THAT(all, Not(HasSubstr("Upgrade")));
    EXPECT_EQ(all.find("HTTP/1.1", 1), all.npos) << all;
}

TEST_F(ServerAttackTest, H12RefusesAPlainRequestWithAnInvalidHost) {
    for (const char* host : {"", "localhost:80/evil?x", "localhost:80 80", "127.0.0.1:99999999"}) {
        for (const char* version : {"1.0", "1.1"}) {
            EXPECT_THAT(refusal("GET /health HTTP/" + std::string(version) +
                                "\r\nHost: " + std::string(host) + "\r\n\r\n"),
                        StartsWith("HTTP/1.1 400 "))
                << host;
        }
    }
    EXPECT_THAT(answer("GET /health HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerAttackTest, H13NeverReadsABodyAsFramesOrAsARequest) {
    for (const char* fields : {"Content-Length: 11\r\n", "Transfer-Encoding: chunked\r\n",
                               "Content-Length: 11\r\nTransfer-Encoding: chunked\r\n",
                               "Content-Length: 11\r\nContent-Length: 0\r\n"}) {
        RawClient client(port);
        client.send(upgrade_request("/echo", fields) + kHello +
                    "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto all = client.read_all();
        EXPECT_THAT(all, StartsWith("HTTP/1.1 400 ")) << fields;
        EXPECT_THAT(all, Not(HasSubstr("Hello"))) << fields;
        EXPECT_THAT(all, Not(HasSubstr("fine"))) << fields;
    }
    EXPECT_EQ(opened, 0);
}

TEST_F(ServerAttackTest, H14ReadsFramesBehindTheRequestExactlyOnce) {
    RawClient client(port);
    client.send(upgrade_request("/echo") + kHello + kHello);
    (void)client.read_head();
    EXPECT_EQ(client.read(2 * kEcho.size()), kEcho + kEcho);

    // Close without a code: nothing else comes before the answer.
    client.send(std::string("\x88\x80\0\0\0\0", 6));
    EXPECT_EQ(client.read_all(), std::string("\x88\0", 2));
}

TEST_F(ServerAttackTest, H16WritesNothingOfAFieldThatMayNotTravel) {
    for (const char* value : {"a\r\nX-Evil: 1", "a\nb", "a\rb", "\x01", "\xc3\xa4", " a"}) {
        field_value = value;
        RawClient client(port);
        client.send(upgrade_request("/ask"));
        const auto all = client.read_all();
        EXPECT_THAT(all, StartsWith("HTTP/1.1 500 "));
        EXPECT_THAT(all, Not(HasSubstr("X-")));
    }
}

TEST_F(ServerAttackTest, H17RefusesWhatOtherParsersReadOtherwise) {
    for (const char* request :
         {"GET /health HTTP/1.1\nHost: a\n\n", "GET /health HTTP/1.1\r\nHost: a\r\rX: y\r\n\r\n",
          "GET /health HTTP/1.1\r\nHost : a\r\n\r\n",
          "GET /health HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
          "GET  /health HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        EXPECT_THAT(refusal(request), StartsWith("HTTP/1.1 400 ")) << request;
    }
    EXPECT_THAT(refusal(std::string("GET /health HTTP/1.1\r\nHost: a\0b\r\n\r\n", 36)),
                StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerAttackTest, H18WelcomesNoOriginAndItsOwn) {
    EXPECT_THAT(answer(upgrade_request("/echo")), StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer(upgrade_request("/echo", "Origin: http://localhost\r\n")),
                StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer(upgrade_request("/echo", "Origin: http://LOCALHOST:80\r\n")),
                StartsWith("HTTP/1.1 101 "));
}

TEST_F(ServerAttackTest, H18RefusesEveryOtherOrigin) {
    for (const char* fields : {"Origin: null\r\n", "Origin: http://evil.com\r\n",
                               "Origin: http://localhost.evil.com\r\n",
                               "Origin: https://localhost\r\n", "Origin: http://localhost:8080\r\n",
                               "Origin: http://localhost\r\nOrigin: http://localhost\r\n"}) {
        EXPECT_THAT(refusal(upgrade_request("/echo", fields)), StartsWith("HTTP/1.1 403 "))
            << fields;
    }
    EXPECT_EQ(opened, 0);
}

TEST_F(ServerAttackTest, H19RefusesAForeignPageBeforeTheApplicationHearsOfIt) {
    EXPECT_THAT(refusal(upgrade_request("/ask", "Origin: http://evil.com\r\nCookie: id=1\r\n")),
                StartsWith("HTTP/1.1 403 "));
    EXPECT_EQ(asked, 0);
}

TEST(ServerAttack, H24KeepsToItsLimitUnderManyHalfOpenHandshakes) {
    RunningServer running({.max_connections = 20});
    running.server.get("/health", [](const Request&) { return Response::text("fine"); });
    const auto port = running.start();
    const std::string ask = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
    std::vector<RawClient> served;
    for (int i = 0; i < 20; ++i) {
        served.emplace_back(port).send(ask);
        EXPECT_THAT(served.back().read_until("fine"), EndsWith("fine"));
    }
    std::vector<RawClient> clients;
    for (int i = 0; i < 180; ++i) clients.emplace_back(port).send("GET /");
    // Each answer is a turn of the loop in which more could have been accepted.
    for (auto& client : served) {
        client.send(ask);
        EXPECT_THAT(client.read_until("fine"), EndsWith("fine"));
    }
    EXPECT_EQ(running.server.connections(), 20U);

    served.clear();
    clients.clear();
    RawClient client(port);
    client.send(ask);

    EXPECT_THAT(client.read_until("fine"), EndsWith("fine"));
}

}  // namespace
}  // namespace tautline
