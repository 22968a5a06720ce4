// SPDX-License-Identifier: MIT
#include <tautline/client/reconnecting_sender.hpp>

#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>

#include <tautline/client/client.hpp>

namespace tautline {
namespace {

TEST(ReconnectingSender, IsClosedWhenItBelongsToNothing) {
    const ReconnectingSender sender;
    EXPECT_EQ(sender.send("a").error(), UsageError::closed);
    EXPECT_EQ(sender.held_bytes(), 0U);
    sender.stop();
}

TEST(ReconnectingSender, SendsTextAndBinaryThroughAClient) {
    test::EchoServer server;
    server.start();
    Client client;
    ReconnectingSender sender;
    std::vector<Message> received;
    sender = client.keep_connected(server.url, {.on_message = [&](Peer&, MessageView message) {
                                       received.emplace_back(message);
                                       if (received.size() == 3) sender.stop();
                                   }});
    EXPECT_TRUE(sender.send("text"));
    EXPECT_TRUE(sender.send(as_bytes("binary")));
    EXPECT_TRUE(sender.send(MessageView{MessageType::binary, as_bytes("\xff")}));
    client.run();
    ASSERT_EQ(received.size(), 3U);
    EXPECT_EQ(received[0].text(), "text");
    EXPECT_TRUE(received[0].is_text());
    EXPECT_EQ(received[1].type(), MessageType::binary);
    EXPECT_EQ(received[2].text(), "\xff");
}

TEST(ReconnectingSender, EndsWhenTheClientStops) {
    Client client;
    std::optional<Error> stopped;
    (void)client.keep_connected(
        "ws://no-such-host.invalid/", {},
        {.on_outage = [&](const Outage&) { client.stop(); },
         .on_stopped = [&](const Error& error, const std::vector<Message>&) { stopped = error; }});
    client.run();
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->code, UsageError::cancelled);
}

}  // namespace
}  // namespace tautline
