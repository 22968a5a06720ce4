// SPDX-License-Identifier: MIT
// Messages that the stream takes from where they lie.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

using test::Log;
using test::SessionPair;
using Alone = test::LoneSession;

constexpr std::size_t kLarge = std::size_t{128} * 1024;
constexpr std::size_t kHeader = 10;

std::string frame_of(std::size_t size) {
    std::string frame = "\x82\x7f";
    for (int shift = 56; shift >= 0; shift -= 8) {
        frame += static_cast<char>(static_cast<unsigned char>(size >> shift));
    }
    return frame + std::string(size, 'x');
}

TEST(DriverLarge, ShowsTheStreamThePayloadWhereItLies) {
    Alone server;
    server.stream->room = 1 << 21;

    EXPECT_EQ(server.send(kLarge), Sent::taken);

    ASSERT_EQ(server.stream->places.size(), 2U);
    EXPECT_EQ(server.stream->places[1], server.payload_at);
    EXPECT_EQ(server.log.peer->buffered_amount(), 0U);
    EXPECT_EQ(server.stream->taken, frame_of(kLarge));
}

TEST(DriverLarge, CopiesAMessageThatIsNotLarge) {
    Alone server;
    server.stream->room = 1 << 21;

    EXPECT_EQ(server.send(kLarge - 1), Sent::taken);

    EXPECT_EQ(server.stream->places.size(), 1U);
}

TEST(DriverLarge, CopiesWhatAClientMasks) {
    Alone client({}, Role::client);
    client.stream->room = 1 << 21;

    EXPECT_EQ(client.send(kLarge), Sent::taken);

    EXPECT_EQ(client.stream->places.size(), 1U);
}

TEST(DriverLarge, WritesThePartsOfAFragmentedMessage) {
    Alone server({.send_fragment_bytes = kLarge});
    server.stream->room = 1 << 21;

    EXPECT_EQ(server.send(kLarge + 1), Sent::taken);

    EXPECT_EQ(server.stream->taken.size(), kHeader + kLarge + 3);
    EXPECT_EQ(server.stream->taken.substr(kHeader + kLarge), "\x80\x01x");
}

TEST(DriverLarge, SendsTheSameBytesWhereverTheStreamStops) {
    const std::string expected = frame_of(kLarge);
    for (const std::size_t room :
         {0UL, 1UL, 2UL, 9UL, 10UL, 11UL, 12UL, kLarge, kLarge + 9, kLarge + 10}) {
        SCOPED_TRACE(room);
        Alone server;
        server.stream->room = room;

        EXPECT_TRUE(server.send(kLarge));
        EXPECT_EQ(server.log.peer->buffered_amount(), expected.size() - room);
        server.make_room(1 << 21);

        EXPECT_EQ(server.stream->taken, expected);
        EXPECT_EQ(server.log.peer->buffered_amount(), 0U);
    }
}

TEST(DriverLarge, SendsInOrderWhileTheStreamHasNoRoom) {
    Alone server;
    server.stream->room = kLarge;
    EXPECT_EQ(server.send(kLarge), Sent::taken);
    EXPECT_EQ(server.send(kLarge + 1), Sent::queued);
    EXPECT_TRUE(server.log.peer->ping());
    server.make_room(1 << 21);

    std::string ping("\x89\0", 2);
    EXPECT_EQ(server.stream->taken, frame_of(kLarge) + ping + frame_of(kLarge + 1));
    EXPECT_EQ(server.log.drained, 1);
}

TEST(DriverLarge, CountsWhatWaitsAgainstTheLimit) {
    Alone server({.low_water_bytes = 1000,
                  .max_buffered_bytes = kLarge,
                  .overflow = OverflowPolicy::refuse});
    EXPECT_EQ(server.send(kLarge), Sent::queued);

    EXPECT_EQ(server.send(kLarge), std::unexpected(UsageError::queue_full));

    server.make_room(1 << 21);
    EXPECT_EQ(server.log.drained, 1);
    EXPECT_EQ(server.send(kLarge), Sent::taken);
}

TEST(DriverLarge, ClosesBehindTheMessage) {
    Alone server;
    server.stream->room = 100;
    EXPECT_TRUE(server.send(kLarge));
    EXPECT_TRUE(server.log.peer->close());
    EXPECT_EQ(server.send(kLarge), std::unexpected(UsageError::closed));

    server.make_room(1 << 21);

    EXPECT_EQ(server.stream->taken, frame_of(kLarge) + "\x88\x02\x03\xe8");
}

TEST(DriverLarge, TellsThatTheStreamBroke) {
    Alone server;
    EXPECT_TRUE(server.send(kLarge));

    server.stream->handler->on_end(std::make_error_code(std::errc::broken_pipe));

    ASSERT_EQ(server.log.closed.size(), 1U);
    EXPECT_EQ(server.log.closed[0].code, CloseCode::abnormal);
}

TEST(DriverLarge, EchoesFromTheMemoryInWhichTheMessageCame) {
    for (const std::size_t size : {kLarge - 1, kLarge, kLarge + 1, 2 * kLarge}) {
        Log client;
        Log server;
        Handlers echo = server.handlers();
        echo.on_message = [](Peer& peer, MessageView message) { (void)peer.send(message); };
        SessionPair pair(client.handlers(), echo);
        const std::string message(size, 'm');
        for (int i = 0; i < 3; ++i) (void)client.peer->send(message);

        ASSERT_TRUE(pair.run_until([&] { return client.messages.size() == 3; }));

        EXPECT_EQ(client.messages, std::vector<std::string>(3, message));
    }
}

}  // namespace
}  // namespace tautline::session
