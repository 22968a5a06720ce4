// SPDX-License-Identifier: MIT
#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>
#include <tests/support/listener.hpp>
#include <tests/support/reconnecting.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>

#include <tautline/client/reconnector.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline::client {
namespace {

using namespace std::chrono_literals;
using test::nowhere;
using test::poll_until;
using test::ReconnectingLine;
using test::RecordingServer;
using test::run_until;
using test::run_until_arrived;
using test::run_until_stopped;
using test::Texts;

TEST(Reconnector, StopsBehindWhatWasSent) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));
    (void)line.sender.send("bye");
    line.sender.stop();
    EXPECT_EQ(line.sender.send("too late").error(), UsageError::closed);
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::cancelled);
    EXPECT_EQ(server.received(), Texts{"bye"});
    EXPECT_TRUE(line.closed[0].clean);
    EXPECT_TRUE(line.lost.empty() && line.kept.empty());
}

TEST(Reconnector, StopsBeforeItBegan) {
    ReconnectingLine line(nowhere());
    line.start();
    (void)line.sender.send("a");
    line.sender.stop();
    run_until_stopped(line);
    EXPECT_EQ(line.kept, Texts{"a"});
}

TEST(Reconnector, StopsWhileItDials) {
    const test::SilentListener silent;
    ReconnectingLine line(test::loopback_url(silent.endpoint().port));
    line.setup.client_options.handshake_timeout = 1h;
    line.start();
    (void)line.sender.send("a");
    test::run_ready(line.context);
    line.sender.stop();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::cancelled);
    EXPECT_EQ(line.kept, Texts{"a"});
}

TEST(Reconnector, StopsWhileItWaits) {
    ReconnectingLine line(nowhere());
    line.setup.options.first_delay = 1h;
    line.setup.options.max_delay = 1h;
    line.setup.reconnect_handlers.on_outage = [&](const Outage&) { line.sender.stop(); };
    line.start();
    (void)line.sender.send("a");
    run_until_stopped(line);
    EXPECT_EQ(line.kept, Texts{"a"});
}

TEST(Reconnector, StopsWithTheOtherConnectionsOfItsLoop) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.start();
    EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));
    session::client_registry(io::Loop::of(line.context)).go_away();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::cancelled);
    EXPECT_EQ(line.closed[0].code, CloseCode::going_away);
}

TEST(Reconnector, StopsWhenTheConnectionsOfItsLoopAreDropped) {
    ReconnectingLine line(nowhere());
    line.start();
    session::client_registry(io::Loop::of(line.context)).drop();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::cancelled);
}

TEST(Reconnector, StopsAtOnceBehindTheEndOfClients) {
    ReconnectingLine line(nowhere());
    session::end_clients(io::Loop::of(line.context));
    line.start();
    run_until_stopped(line);
    EXPECT_EQ(line.stopped->code, UsageError::cancelled);
    EXPECT_TRUE(line.outages.empty());
}

TEST(Reconnector, EndsWithItsLoopWithoutAWord) {
    RecordingServer server;
    server.start();
    auto line = std::make_unique<ReconnectingLine>(server.url);
    line->start();
    EXPECT_TRUE(run_until(line->context, [&] { return line->opened == 1; }));
    const auto sender = line->sender;
    line.reset();
    EXPECT_EQ(sender.send("a").error(), UsageError::closed);
    sender.stop();
}

TEST(Reconnector, StopsBehindWhatWaitsForAMessageInParts) {
    RecordingServer server;
    server.start();
    ReconnectingLine line(server.url);
    line.setup.client_options.connection.close_timeout = 1h;
    Peer* const peer = open_inside_a_message(line);
    ASSERT_NE(peer, nullptr);
    line.sender.stop();
    test::run_ready(line.context);

    (void)peer->send_part(MessageType::text, as_bytes("b"), true);

    run_until_stopped(line);
    EXPECT_EQ(server.received(), (Texts{"ab", "c"}));
    EXPECT_TRUE(line.closed.at(0).clean);
    EXPECT_TRUE(line.kept.empty());
}

}  // namespace
}  // namespace tautline::client
