// SPDX-License-Identifier: MIT
#include <tautline/client/reconnector.hpp>

#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>
#include <tests/support/listener.hpp>
#include <tests/support/reconnecting.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/seat.hpp>

#include <tautline/session/registry_service.hpp>

namespace tautline::client {
namespace {

using namespace std::chrono_literals;
using test::loopback_url;
using test::nowhere;
using test::poll_until;
using test::ReconnectingLine;
using test::RecordingServer;
using test::run_until;
using test::run_until_arrived;
using test::run_until_stopped;
using test::RunningServer;
using test::Texts;

// A server whose answer to the n-th request, from 1, is decided by `status`; 101 accepts.
template <typename Status>
RouteOptions answering(Status status, http::FieldList fields = {}) {
    auto requests = std::make_shared<std::atomic<int>>(0);
    return {.on_upgrade = [=](UpgradeRequest request) {
        const int said = status(++*requests);
        said == 101 ? request.accept() : request.reject(said, fields);
    }};
}

// A server that closes for good when "too much" comes.
RouteOptions small_messages() {
    RouteOptions route;
    route.connection.max_message_bytes = 4;
    return route;
}

TEST(Reconnector, DeliversInOrderWhatIsSentBeforeItIsOpen) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.start();
    EXPECT_TRUE(line.sender.send("a"));
    EXPECT_TRUE(line.sender.send("b"));
    run_until_arrived(line);
    EXPECT_EQ(server.received(), (Texts{"a", "b"}));
}

TEST(Reconnector, DataOfTheApplicationMayUseWhatOnlyItsHandlersKeep) {
    bool room_was_there = false;
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.handlers.on_open = [&, room = std::make_shared<int>()](Peer& peer) {
        ++line.opened;
        peer.data<test::Seat>().room = room;
        peer.data<test::Seat>().room_was_there = &room_was_there;
    };
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));

    line.sender.stop();
    run_until_stopped(line);
    line.context.run();

    EXPECT_TRUE(room_was_there);
}

TEST(Reconnector, KeepsMessagesUntilThereIsAServer) {
    RecordingServer server;
    server.start();
    server.stop();
    ReconnectingLine line(server.url);
    line.start();
    (void)line.sender.send("a");
    EXPECT_TRUE(run_until(line.context, [&] { return line.outages.size() == 2; }));
    EXPECT_EQ(line.outages[0].error.code, std::errc::connection_refused);
    EXPECT_EQ(line.outages[0].attempt, 1U);
    EXPECT_EQ(line.outages[1].attempt, 2U);
    EXPECT_LE(line.outages[1].delay, 2ms);
    server.start();
    run_until_arrived(line);
    EXPECT_EQ(server.received(), Texts{"a"});
}

TEST(Reconnector, ComesBackAndCallsOnOpenBeforeKeptMessages) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.handlers.on_open = [&](Peer& peer) {
        ++line.opened;
        (void)peer.send("subscribe");
    };
    line.start();
    (void)line.sender.send("a");
    run_until_arrived(line);
    server.stop();
    EXPECT_TRUE(run_until(line.context, [&] { return !line.outages.empty(); }));
    (void)line.sender.send("b");
    server.start();
    run_until_arrived(line);
    EXPECT_EQ(server.received(), (Texts{"subscribe", "a", "subscribe", "b"}));
    EXPECT_TRUE(line.lost.empty());
}

TEST(Reconnector, TellsHowEachConnectionEnded) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));
    server.stop();
    EXPECT_TRUE(run_until(line.context, [&] { return !line.outages.empty(); }));
    ASSERT_EQ(line.closed.size(), 1U);
    EXPECT_EQ(line.closed[0].code, CloseCode::going_away);
    EXPECT_EQ(line.outages[0].error.to_string(),
              "session: 127.0.0.1:" + std::to_string(server.port) +
                  ": the peer closed the connection with 1001 (going_away)");
}

// Calls every handler once on each connection, and lets the client come back.
Handlers short_visits() {
    return {.on_open = [](Peer& peer) {
        (void)peer.send("message");
        (void)peer.ping();
        (void)peer.close(CloseCode::going_away);
    }};
}

TEST(Reconnector, CallsTheSameHandlersOnEveryConnection) {
    test::RunningServer server;
    server.server.websocket("/", short_visits());
    ReconnectingLine line(test::loopback_url(server.start()));
    std::vector<int> opened;
    std::vector<int> messages;
    std::vector<int> pings;
    std::vector<int> closed;
    line.setup.handlers = {
        .on_open = [&, n = 0](Peer&) mutable { opened.push_back(++n); },
        .on_message = [&, n = 0](Peer&, MessageView) mutable { messages.push_back(++n); },
        .on_ping = [&, n = 0](Peer&, Bytes) mutable { pings.push_back(++n); },
        .on_closed = [&, n = 0](Peer&, const Closed&) mutable { closed.push_back(++n); }};
    line.setup.client_options.connection.deliver_control_frames = true;
    line.setup.options.max_attempts = 2;
    line.start();
    run_until_stopped(line);

    EXPECT_EQ(closed, (std::vector{1, 2, 3}));
    EXPECT_EQ(opened, closed);
    EXPECT_EQ(messages, closed);
    EXPECT_EQ(pings, closed);
}

TEST(Reconnector, CallsTheSameHandlerOfPartsOnEveryConnection) {
    test::RunningServer server;
    server.server.websocket("/", short_visits());
    ReconnectingLine line(test::loopback_url(server.start()));
    std::vector<int> parts;
    line.setup.handlers.on_part = [&, n = 0](Peer&, PartView) mutable { parts.push_back(++n); };
    line.setup.client_options.connection.delivery = Delivery::streamed;
    line.setup.options.max_attempts = 2;
    line.start();
    run_until_stopped(line);

    EXPECT_EQ(parts, (std::vector{1, 2, 3}));
}

TEST(Reconnector, EndsWithARefusalThatIsFinal) {
    RecordingServer server;
    server.start(answering([](int) { return 403; }));
    ReconnectingLine line(server.url);
    line.start();
    (void)line.sender.send("a");
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->refusal->status, 403);
    EXPECT_EQ(line.kept, Texts{"a"});
    EXPECT_TRUE(line.outages.empty());
    EXPECT_EQ(line.sender.send("b").error(), UsageError::closed);
}

TEST(Reconnector, TriesAgainAfterARefusalThatIsNotFinal) {
    RecordingServer server;
    server.start(answering([](int request) { return request < 3 ? 503 : 101; }));
    ReconnectingLine line(server.url);
    line.start();
    (void)line.sender.send("a");
    run_until_arrived(line);
    EXPECT_EQ(line.outages.size(), 2U);
    EXPECT_EQ(server.received(), Texts{"a"});
}

TEST(Reconnector, AsksTheApplicationWhatIsFinal) {
    RecordingServer server;
    server.start(answering([](int) { return 503; }));
    ReconnectingLine line(server.url);
    line.setup.options.is_final = [](const Error& error) { return error.refusal != nullptr; };
    line.start();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->refusal->status, 503);
}

TEST(Reconnector, EndsWhenThePeerClosesForGood) {
    RecordingServer server;
    server.start(small_messages());
    ReconnectingLine line(server.url);
    line.setup.options.resend_unconfirmed = true;  // which would be for ever
    line.start();
    (void)line.sender.send("too much");
    run_until_stopped(line);
    EXPECT_TRUE(line.outages.empty());
    EXPECT_EQ(line.lost, Texts{"too much"});
    EXPECT_EQ(line.stopped->message, "the peer closed the connection with 1009 (message_too_big)");
}

TEST(Reconnector, AsksTheApplicationWhichCloseIsFinal) {
    RecordingServer server;
    server.start(small_messages());
    ReconnectingLine line(server.url);
    line.setup.options.is_final_close = [tries = 0](CloseCode code) mutable {
        return code == CloseCode::message_too_big && ++tries == 2;
    };
    line.setup.options.resend_unconfirmed = true;
    line.start();
    (void)line.sender.send("too much");
    run_until_stopped(line);
    ASSERT_EQ(line.outages.size(), 1U);
    EXPECT_EQ(line.outages[0].close_code, CloseCode::message_too_big);
}

TEST(Reconnector, WaitsAsLongAsTheServerAsksFor) {
    RecordingServer server;
    server.start(answering([](int) { return 503; }, {{"Retry-After", "3600"}}));
    ReconnectingLine line(server.url);
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return !line.outages.empty(); }));
    EXPECT_GT(line.outages[0].delay, 3600s);  // by chance
    EXPECT_LE(line.outages[0].delay, 3960s);
}

TEST(Reconnector, WaitsForAServerNoLongerThanItMay) {
    RecordingServer server;
    server.start(answering([](int) { return 503; }, {{"Retry-After", "3600"}}));
    ReconnectingLine line(server.url);
    line.setup.options.max_retry_after = 30ms;
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.outages.size() == 2; }));
    EXPECT_GT(line.outages[0].delay, 30ms);
    EXPECT_LE(line.outages[0].delay, 33ms);
}

TEST(Reconnector, GivesAServerTimeThatRestartsOrHasTooMuchToDo) {
    for (const auto code : {CloseCode::service_restart, CloseCode::try_again_later}) {
        RunningServer server;
        server.server.websocket(
            "/", {.on_open = [code](Peer& peer) { (void)peer.close(code, {}); }}, {});
        ReconnectingLine line(loopback_url(server.start({})));
        line.setup.options.max_delay = 1h;
        line.start();
        EXPECT_TRUE(run_until(line.context, [&] { return !line.outages.empty(); }));
        EXPECT_GE(line.outages[0].delay, 5s);
        EXPECT_LE(line.outages[0].delay, 30s);
    }
}

TEST(Reconnector, GivesUpAfterSoManyAttempts) {
    ReconnectingLine line(nowhere());
    line.setup.options.max_attempts = 3;
    line.start();
    run_until_stopped(line);
    EXPECT_EQ(line.outages.size(), 3U);
    EXPECT_EQ(line.stopped->code, std::errc::connection_refused);
}

TEST(Reconnector, CountsAttemptsOverConnectionsThatDidNotHold) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.options.healthy_after = 1h;
    line.start();
    for (std::size_t i = 1; i <= 2; ++i) {
        EXPECT_TRUE(run_until(line.context, [&] { return line.opened == static_cast<int>(i); }));
        server.stop();
        EXPECT_TRUE(run_until(line.context, [&] { return line.outages.size() >= i; }));
        server.start();
    }
    EXPECT_GT(line.outages.back().attempt, 1U);
}

TEST(Reconnector, CountsAnewAfterAHealthyConnection) {
    RecordingServer server;
    server.start(answering([](int request) { return request == 2 ? 101 : 503; }));
    ReconnectingLine line(server.url);
    line.setup.options.healthy_after = 0s;
    line.setup.handlers.on_open = [&](Peer&) { ++line.opened; };
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));
    server.stop();
    EXPECT_TRUE(run_until(line.context, [&] { return line.outages.size() == 2; }));
    EXPECT_EQ(line.outages[0].attempt, 1U);
    EXPECT_EQ(line.outages[1].attempt, 1U);
}

TEST(Reconnector, RefusesOptionsThatMakeNoSense) {
    ReconnectingLine line(nowhere());
    line.setup.options.first_delay = 0s;
    line.start();
    (void)line.sender.send("a");
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::option_invalid);
    EXPECT_EQ(line.kept, Texts{"a"});
}

TEST(Reconnector, EndsWithAUrlThatIsNone) {
    ReconnectingLine line("not a url");
    line.start();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::url_invalid);
}

TEST(Reconnector, EndsWhenTheApplicationClosesTheConnection) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.handlers.on_open = [](Peer& peer) { (void)peer.close(); };
    line.start();
    run_until_stopped(line);
    EXPECT_FALSE(line.stopped->code);
    EXPECT_TRUE(line.outages.empty());
}

TEST(Reconnector, EndsWhenAHandlerThrows) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.handlers.on_open = [](Peer&) { throw std::runtime_error("no"); };
    line.start();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::handler_threw);
}

TEST(Reconnector, L17_EndsWhenWhoeverDecidesThrows) {
    ReconnectingLine line(nowhere());
    line.setup.options.is_final = [](const Error&) -> bool { throw std::runtime_error("no"); };
    line.start();
    ASSERT_NO_THROW(run_until_stopped(line));
    EXPECT_EQ(line.stopped->code, std::errc::connection_refused);
    EXPECT_TRUE(line.outages.empty());
}

TEST(Reconnector, L17_IsNotDisturbedByWhatItTellsToAThrower) {
    ReconnectingLine line(nowhere());
    line.setup.options.max_attempts = 3;
    int told = 0;
    line.setup.reconnect_handlers.on_outage = [&](const Outage&) {
        ++told;
        throw std::runtime_error("no");
    };
    line.start();
    ASSERT_NO_THROW(run_until_stopped(line));
    EXPECT_EQ(told, 3);
}

TEST(Reconnector, RefusesWhatItCannotKeepAndTellsWhenThereIsRoom) {
    RecordingServer server;
    server.start();
    server.stop();
    ReconnectingLine line(server.url);
    line.setup.options.max_kept_bytes = 3 * ReconnectLedger::kCharge;
    line.start();
    for (const char* text : {"", "", ""}) EXPECT_TRUE(line.sender.send(text));
    EXPECT_EQ(line.sender.send("").error(), UsageError::queue_full);
    EXPECT_EQ(line.rooms, 0);
    server.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.rooms == 1; }));
    EXPECT_TRUE(line.sender.send(""));
}

TEST(Reconnector, ShowsTheApplicationItsOwnPongsOnly) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    Texts pongs;
    line.setup.handlers.on_open = [](Peer& peer) { (void)peer.ping(as_bytes("mine")); };
    line.setup.handlers.on_pong = [&](Peer&, Bytes payload, std::optional<Duration>) {
        pongs.emplace_back(as_text(payload));
    };
    line.start();
    (void)line.sender.send("a");
    run_until_arrived(line);
    EXPECT_EQ(pongs, Texts{"mine"});
}

TEST(Reconnector, SendsBehindAMessageInParts) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    Peer* const peer = open_inside_a_message(line);
    ASSERT_NE(peer, nullptr);
    test::run_ready(line.context);

    (void)peer->send_part(MessageType::text, as_bytes("b"), true);

    run_until_arrived(line);
    EXPECT_EQ(server.received(), (Texts{"ab", "c"}));
}

TEST(Reconnector, SendsAMessageAsItsOptionsSay) {
    ReconnectingLine line("");
    const auto script = [](test::ScriptedServer::Peer& peer) {
        if (!peer.asked()) return;
        peer.accept("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        peer.received.clear();
    };
    const test::ScriptedServer server(io::Loop::of(line.context),
                                      {asio::ip::address_v4::loopback(), 0}, script);
    line.setup.url = test::loopback_url(server.port());
    line.setup.client_options.connection.compression = deflate::Options{};
    line.start();
    (void)line.sender.send(std::string(1000, 'x'));
    (void)line.sender.send(std::string(1000, 'x'), {.compress = false});
    EXPECT_TRUE(run_until(line.context, [&] {
        return !server.peers.empty() && server.peers.front().received.size() > 1000;
    }));

    const std::string& received = server.peers.front().received;
    EXPECT_EQ(received.at(0), '\xc1');
    const auto length = static_cast<std::size_t>(received.at(1) & 0x7f);
    EXPECT_EQ(received.at(2 + 4 + length), '\x81');
}

TEST(Reconnector, SendsFromAnyThread) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.start();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([sender = line.sender] {
                for (int n = 0; n < 100; ++n) EXPECT_TRUE(sender.send("x"));
            });
        }
        EXPECT_TRUE(poll_until(line.context, [&] { return server.received().size() == 400; }));
    }
    run_until_arrived(line);
}

}  // namespace
}  // namespace tautline::client
