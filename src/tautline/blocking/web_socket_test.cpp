// SPDX-License-Identifier: MIT
#include <tautline/blocking/web_socket.hpp>

#include <array>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <pthread.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/listener.hpp>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/session/ping_numbers.hpp>

namespace tautline::blocking {
namespace {

using namespace std::chrono_literals;
using test::EchoServer;

// An echo, and two routes for what an echo cannot show.
struct Blocking : testing::Test {
    Blocking() {
        server.server.websocket("/count", {.on_open = [](Peer& peer) {
                                    for (int i = 0; i < 5; ++i) (void)peer.send(std::to_string(i));
                                    (void)peer.close(CloseCode::normal, "done");
                                }});
        server.server.websocket("/flood", {.on_open = [](Peer& peer) {
                                    for (int i = 0; i < 300; ++i)
                                        (void)peer.send(std::string(1000, 'x'));
                                    (void)peer.close();
                                }});
        server.server.websocket("/sink", {});
        server.server.websocket("/deaf", {.on_open = [](Peer& peer) { peer.set_reading(false); }});
        server.server.websocket("/large",
                                {.on_open = [this](Peer& peer) { (void)peer.send(large); }});
        server.start();
    }
    const std::string large = std::string(std::size_t{4} << 20, 'x');
    const ClientOptions streamed{
        .connection = {.max_message_bytes = large.size(), .delivery = Delivery::streamed}};
    EchoServer server;
};

TEST_F(Blocking, WaitsWithoutALimitWhenTheTimeIsTheLongest) {
    auto ws = connect(server.url).value();
    EXPECT_TRUE(ws.send("asked"));

    const auto message = ws.receive_for(Duration::max());

    ASSERT_TRUE(message);
    EXPECT_EQ((*message)->text(), "asked");
    EXPECT_FALSE(ws.receive_for(Duration::min()));
}

TEST_F(Blocking, WaitsForAPartWithoutALimitWhenTheTimeIsTheLongest) {
    auto ws = connect(server.url, streamed).value();
    EXPECT_TRUE(ws.send("asked"));

    const auto part = ws.receive_part_for(Duration::max());

    ASSERT_TRUE(part);
    EXPECT_EQ((*part)->text(), "asked");
    EXPECT_FALSE(ws.receive_part_for(Duration::zero()));
}

TEST_F(Blocking, GivesMessagesThatCanBeTaken) {
    auto ws = connect(server.url + "count").value();
    std::string taken;

    for (auto& message : ws.messages()) taken += message.take();

    EXPECT_EQ(taken, "01234");
}

TEST_F(Blocking, L17_FailsWhenAnInterceptorThrows) {
    ClientOptions options;
    options.interceptors.push_back(
        {.on_request = [](const http::Uri&, auto&) { throw std::runtime_error("no"); }});

    const auto ws = connect(server.url, options);

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, UsageError::handler_threw);
}

TEST_F(Blocking, SendsAndReceives) {
    auto ws = connect(server.url).value();
    EXPECT_TRUE(ws.send("hello"));
    EXPECT_EQ(ws.receive()->text(), "hello");
    EXPECT_TRUE(ws.send(as_bytes("\xff")));
    EXPECT_FALSE(ws.receive()->is_text());
    EXPECT_TRUE(ws.ping().value() > Duration::zero());
    EXPECT_FALSE(ws.closed());
    const Closed closed = ws.close(CloseCode{4000}, "bye");
    EXPECT_TRUE(closed.clean);
    EXPECT_EQ(closed.code, CloseCode{4000});
}

TEST_F(Blocking, IteratesUntilThePeerCloses) {
    auto ws = connect(server.url + "count").value();
    std::vector<std::string> messages;
    for (const auto& message : ws.messages()) messages.emplace_back(message.text());
    EXPECT_EQ(messages, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(ws.closed()->reason, "done");
}

// The server's Close stands behind more than the queue holds.
TEST_F(Blocking, ClosesInOrderWhenMessagesAreNotReceived) {
    auto ws = connect(server.url + "flood").value();
    EXPECT_TRUE(ws.receive());

    EXPECT_TRUE(ws.close().clean);
}

TEST_F(Blocking, SendingWhileIteratingIsAllowed) {
    auto ws = connect(server.url).value();
    (void)ws.send("0");
    int count = 0;
    for (const auto& message : ws.messages()) {
        EXPECT_EQ(message.text(), std::to_string(count));
        if (++count == 100) break;
        (void)ws.send(std::to_string(count));
    }
    EXPECT_EQ(count, 100);
}

TEST_F(Blocking, WaitsNoLongerThanTold) {
    auto ws = connect(server.url).value();
    EXPECT_FALSE(ws.receive_for(5ms));
    (void)ws.send("x");
    EXPECT_EQ(ws.receive_for(20s)->value().text(), "x");
}

TEST_F(Blocking, L11_StopsReadingWhileNobodyReceives) {
    auto ws = connect(server.url + "flood", {.connection = {.high_water_bytes = 5000}}).value();
    int count = 0;
    for (const auto& message : ws.messages()) count += message.text().size() == 1000 ? 1 : 0;
    EXPECT_EQ(count, 300);
}

TEST_F(Blocking, ReceivesALargeMessageInParts) {
    auto ws = connect(server.url + "large", streamed).value();
    std::string received;
    bool last = false;
    while (!last) {
        const auto part = ws.receive_part();
        ASSERT_TRUE(part);
        EXPECT_EQ(part->first(), received.empty());
        received += part->text();
        last = part->last();
    }
    EXPECT_TRUE(received == large);
    EXPECT_TRUE(ws.close().clean);
}

TEST_F(Blocking, JoinsThePartsForWhoeverAsksForAMessage) {
    auto ws = connect(server.url + "large", streamed).value();
    EXPECT_TRUE(ws.receive()->text() == large);
}

TEST_F(Blocking, GivesNoMessageInsideOfOne) {
    auto ws = connect(server.url + "large", streamed).value();
    EXPECT_FALSE(ws.receive_part()->last());
    EXPECT_EQ(ws.receive().error().error, UsageError::message_open);
    EXPECT_FALSE(ws.receive_part()->first()) << "nothing is lost";
}

// The end comes without the last part: what overflows leaves no gap.
TEST_F(Blocking, ReceivesPartsWithoutAGapAfterItHasClosed) {
    auto ws = connect(server.url + "large", streamed).value();
    EXPECT_TRUE(ws.close().clean);

    std::size_t received = 0;
    auto part = ws.receive_part();
    for (; part; part = ws.receive_part()) {
        EXPECT_EQ(part->first(), received == 0);
        EXPECT_FALSE(part->last());
        received += part->bytes().size();
    }
    EXPECT_GT(received, 0U);
    EXPECT_TRUE(part.error().clean);
}

TEST_F(Blocking, WaitsForAPartNoLongerThanTold) {
    auto ws = connect(server.url).value();
    EXPECT_FALSE(ws.receive_part_for(5ms));
    (void)ws.send("x");
    EXPECT_EQ(ws.receive_part_for(20s)->value().text(), "x");
}

TEST_F(Blocking, L11_SendWaitsForRoomAndLosesNothing) {
    auto ws = connect(server.url, {.connection = {.max_buffered_bytes = 2000}}).value();
    std::thread sender([&] {
        for (int i = 0; i < 200; ++i) EXPECT_TRUE(ws.send(std::string(1000, 'x')));
    });
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(ws.receive());
    sender.join();
}

// Nothing comes from the peer that would wake it.
TEST_F(Blocking, L11_SendGoesOnWhenThereIsRoomAgain) {
    auto ws = connect(server.url + "sink",
                      {.connection = {.ping_interval = std::nullopt, .max_buffered_bytes = 2000}})
                  .value();

    for (int i = 0; i < 200; ++i) EXPECT_TRUE(ws.send(std::string(100'000, 'x')));
}

// Its last messages stand before the Close of the peer, for which it waits as long as it may.
TEST_F(Blocking, MayBeDroppedWithMessagesThatNobodyTook) {
    ClientOptions options;
    options.connection.close_timeout = 1h;
    options.connection.high_water_bytes = 1000;
    auto ws = connect(server.url + "flood", options).value();

    EXPECT_TRUE(ws.receive());
}

TEST_F(Blocking, L11_APingForWhichThereIsNoRoomFails) {
    ClientOptions options;
    options.connection.close_timeout = 1ms;
    auto ws = connect(server.url + "deaf", options).value();
    EXPECT_TRUE(ws.send(as_bytes(std::string(std::size_t{16} << 20, 'x'))));

    const auto answer = ws.ping();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, UsageError::queue_full);
}

TEST_F(Blocking, TellsWhyCallsFailAfterTheEnd) {
    auto ws = connect(server.url).value();
    (void)ws.close();
    EXPECT_EQ(ws.send("late").error().code, UsageError::closed);
    EXPECT_EQ(ws.send("late").error().phase, Phase::usage);
    EXPECT_EQ(ws.ping().error().code, UsageError::closed);
    EXPECT_FALSE(ws.receive());
    EXPECT_TRUE(ws.close().clean);
}

TEST_F(Blocking, RefusesABadClose) {
    auto ws = connect(server.url).value();
    EXPECT_EQ(ws.close(CloseCode::abnormal).error, UsageError::close_code_reserved);
    EXPECT_EQ(ws.close(CloseCode::normal, "\xff").error, UsageError::close_reason_invalid);
    EXPECT_FALSE(ws.closed());
}

TEST_F(Blocking, ClosesWithAsMuchOfAReasonAsFits) {
    auto ws = connect(server.url).value();
    const Closed closed = ws.close(CloseCode{4000}, std::string(200, 'x'));
    EXPECT_TRUE(closed.clean);
    EXPECT_EQ(closed.reason, std::string(123, 'x'));
}

TEST_F(Blocking, SurvivesTheServersEnd) {
    auto ws = connect(server.url).value();
    server.stop();
    const auto message = ws.receive();
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, CloseCode::going_away);
}

TEST(BlockingConnect, TellsWhyItFailed) {
    const auto ws = connect("ws://no-such-host.invalid/");
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, TransportError::resolve_failed);
    EXPECT_EQ(connect("nonsense").error().code, UsageError::url_invalid);
}

// A server that sends messages at once behind its answer and resets the connection when told.
struct ResettingServer {
    static constexpr int kMessages = 20;

    void serve() {
        socket = listener.accept();
        http::RequestReader reader;
        std::array<char, 4096> room;
        const auto bytes = socket.read_some(asio::buffer(room));
        const auto head = reader.receive(as_bytes(std::string_view(room.data(), bytes)))->head;
        const auto key = head->fields.find("Sec-WebSocket-Key").value_or("");
        asio::write(socket,
                    asio::buffer("HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: "
                                 "Upgrade\r\nSec-WebSocket-Accept: " +
                                 websocket::handshake_accept_for(key) + "\r\n" + fields + "\r\n"));
    }
    // A connection to it.
    std::expected<WebSocket, Error> meet(const ClientOptions& options) {
        const std::jthread serving([&] { serve(); });
        return connect("ws://127.0.0.1:" + std::to_string(listener.endpoint().port) + "/", options);
    }
    // In one segment, which is read at once.
    void send() {
        std::string all;
        for (int i = 0; i < kMessages; ++i) all += "\x82\x7e\x03\xe8" + std::string(1000, 'x');
        asio::write(socket, asio::buffer(all));
    }
    void reset() {
        socket.set_option(asio::socket_base::linger(true, 0));
        socket.close();
    }

    std::string fields;  // of its answer: whole lines
    test::SilentListener listener;
    asio::ip::tcp::socket socket{listener.context};
};

TEST(BlockingWebSocket, ReceivesWhatHadArrivedBeforeAResetThatASendFound) {
    ResettingServer server;
    auto ws = server.meet({.connection = {.high_water_bytes = 5000}});
    ASSERT_TRUE(ws);
    server.send();
    EXPECT_TRUE(ws->receive());
    server.reset();
    while (ws->send("still there?")) continue;

    int count = 1;
    while (ws->receive()) ++count;

    EXPECT_EQ(count, ResettingServer::kMessages);
    EXPECT_TRUE(ws->closed()->error);
}

TEST(BlockingWebSocket, APingEndsWhenTheStreamBreaksBehindWhatIsNotReceived) {
    ResettingServer server;
    auto ws = server.meet({.connection = {.high_water_bytes = 5000}});
    ASSERT_TRUE(ws);
    server.send();
    EXPECT_TRUE(ws->receive());
    server.reset();

    EXPECT_FALSE(ws->ping());
    EXPECT_FALSE(ws->ping());

    EXPECT_FALSE(ws->closed()) << "what came before is not received yet";
    while (ws->receive()) continue;
    EXPECT_TRUE(ws->closed()->error);
}

TEST(BlockingWebSocket, L11_ARefusedPingLeavesTheOneThatIsOnItsWay) {
    ResettingServer server;
    auto ws = server.meet({.connection = {.close_timeout = 1ms}});
    ASSERT_TRUE(ws);
    std::expected<Duration, Error> first;
    std::thread waiting([&] { first = ws->ping(); });
    std::string ping(2 + 4 + sizeof(session::PingNumbers::Number), '\0');
    asio::read(server.socket, asio::buffer(ping));
    EXPECT_TRUE(ws->send(as_bytes(std::string(std::size_t{16} << 20, 'x'))));

    EXPECT_EQ(ws->ping().error().code, UsageError::queue_full);

    std::string pong = "\x8a\x08";
    for (std::size_t i = 6; i < ping.size(); ++i) {
        pong += static_cast<char>(ping[i] ^ ping[2 + (i - 6) % 4]);
    }
    asio::write(server.socket, asio::buffer(pong));
    waiting.join();
    EXPECT_TRUE(first);
    server.reset();
}

TEST(BlockingWebSocket, SendsAMessageAsItsOptionsSay) {
    ResettingServer server;
    server.fields = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    auto ws = server.meet({.connection = {.compression = deflate::Options{}}});
    ASSERT_TRUE(ws);
    EXPECT_TRUE(ws->send(std::string(1000, 'x'), {.compress = false}));

    std::array<char, 1> first;
    asio::read(server.socket, asio::buffer(first));
    EXPECT_EQ(first[0], '\x81');
    server.reset();
}

TEST(BlockingConnect, RefusesStreamedDeliveryOfAnEngineThatCannot) {
    auto whole = websocket::native_engine();
    whole.streaming = false;
    const auto ws = connect("ws://127.0.0.1:1/",
                            {.connection = {.delivery = Delivery::streamed}, .engine = &whole});

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, UsageError::unsupported);
    EXPECT_EQ(ws.error().phase, Phase::usage);
}

TEST(BlockingConnect, RefusesTimesOfASessionThatMeanNothing) {
    const auto ws = connect("ws://127.0.0.1:1/", {.connection = {.close_timeout = Duration(-1)}});

    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, UsageError::option_invalid);
    EXPECT_TRUE(ws.error().message.contains("close_timeout"));
}

TEST(BlockingConnect, TellsOfASystemWithoutAThreadToGive) {
    pthread_attr_t usual;
    ASSERT_EQ(pthread_getattr_default_np(&usual), 0);
    pthread_attr_t huge = usual;
    ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);
    ASSERT_EQ(pthread_setattr_default_np(&huge), 0);

    const auto ws = connect("ws://127.0.0.1:1/");

    ASSERT_EQ(pthread_setattr_default_np(&usual), 0);
    ASSERT_FALSE(ws);
    EXPECT_EQ(ws.error().code, std::errc::resource_unavailable_try_again);
}

}  // namespace
}  // namespace tautline::blocking
