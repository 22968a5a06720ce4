// SPDX-License-Identifier: MIT
// How far the stream took what was sent.
#include <string>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

constexpr std::size_t kFrame = 2 + 4 + 10;  // of a client, with ten bytes of payload
constexpr std::size_t kPing = 2 + 4 + 3;

class DriverWritten : public ::testing::Test {
protected:
    void send() { (void)driver().send(MessageType::binary, as_bytes("0123456789"), {}); }
    void ping() { (void)driver().ping(as_bytes("abc")); }
    Driver& driver() { return *session_.driver; }

    test::LoneSession session_{{}, Role::client};
};

TEST_F(DriverWritten, CountsWhatTheStreamTook) {
    session_.stream->room = kFrame + 3;
    send();
    send();

    EXPECT_EQ(driver().written_bytes(), kFrame + 3);
    EXPECT_EQ(driver().sent_bytes(), 2 * kFrame);
}

TEST_F(DriverWritten, DoesNotCountControlFramesThatOvertake) {
    session_.stream->room = 1;
    send();
    send();
    ping();
    EXPECT_EQ(driver().sent_bytes(), 2 * kFrame);

    // The started frame, the Ping, and one byte of the second message.
    session_.make_room(kFrame - 1 + kPing + 1);

    EXPECT_EQ(driver().written_bytes(), kFrame + 1);
    EXPECT_EQ(driver().sent_bytes(), 2 * kFrame);
}

TEST_F(DriverWritten, CountsControlFramesThatStandInTheOrder) {
    session_.stream->room = 1 << 20;
    ping();
    send();

    EXPECT_EQ(driver().written_bytes(), kPing + kFrame);
    EXPECT_EQ(driver().sent_bytes(), kPing + kFrame);
}

TEST_F(DriverWritten, DoesNotCountWhatABrokenStreamDrops) {
    session_.stream->room = kFrame;
    send();
    session_.stream->dropping = true;
    send();

    EXPECT_EQ(driver().buffered_amount(), 0U);
    EXPECT_EQ(driver().written_bytes(), kFrame);
    EXPECT_EQ(driver().sent_bytes(), 2 * kFrame);
}

TEST_F(DriverWritten, DoesNotCountWhatWasLeftOverWhenTheStreamBroke) {
    session_.stream->room = 3;
    send();
    session_.stream->dropping = true;
    session_.make_room(0);

    EXPECT_EQ(driver().buffered_amount(), 0U);
    EXPECT_EQ(driver().written_bytes(), 3U);
}

TEST_F(DriverWritten, IsKnownToSenders) {
    const Sender sender = driver().sender();
    session_.stream->room = 3;

    send();
    EXPECT_EQ(sender.buffered_amount(), kFrame - 3);
    session_.make_room(kFrame);

    EXPECT_EQ(sender.buffered_amount(), 0U);
}

}  // namespace
}  // namespace tautline::session
