// SPDX-License-Identifier: MIT
// What becomes of a message in parts when there is no room: attack row L11. None has a gap.
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

using namespace std::literals;

// Nothing is written before there is room, and 1000 bytes that wait are too many.
struct PartsWithoutRoom : test::LoneSession {
    explicit PartsWithoutRoom(OverflowPolicy policy)
        : LoneSession({.max_buffered_bytes = 1000, .overflow = policy}) {}
    auto send_part(std::string_view text, bool last) {
        return log.peer->send_part(MessageType::text, as_bytes(text), last);
    }
    // What is written once there is room, without the long one before it.
    [[nodiscard]] std::string_view written_behind(std::size_t bytes) {
        make_room(1 << 20);
        return std::string_view(stream->taken).substr(bytes);
    }
};

constexpr auto kFull = std::unexpected(UsageError::queue_full);
const std::string kLong(2000, 'x');
// RFC 6455 section 5.2: a length of 126 is followed by two bytes with the real one.
constexpr std::size_t kLongFrame = 4 + 2000;

TEST(DriverParts, L11_OneFromTheMiddleIsRefusedAndNeverDropped) {
    PartsWithoutRoom session(OverflowPolicy::drop);
    EXPECT_EQ(session.send_part(kLong, false), Sent::taken);

    EXPECT_EQ(session.send_part("middle", false), kFull);
    EXPECT_EQ(session.send_part("end", true), kFull);
    session.make_room(1 << 20);
    EXPECT_EQ(session.log.drained, 1);

    EXPECT_EQ(session.send_part("middle", false), Sent::taken);
    EXPECT_EQ(session.send_part("end", true), Sent::taken);
    EXPECT_EQ(session.written_behind(kLongFrame),
              "\x00\x06middle\x80\x03"
              "end"sv);
}

TEST(DriverParts, L11_AreDroppedFromTheFirstToTheLast) {
    PartsWithoutRoom session(OverflowPolicy::drop);
    EXPECT_TRUE(session.send(kLong.size()));

    EXPECT_EQ(session.send_part("first", false), Sent::dropped);
    session.make_room(1 << 20);
    EXPECT_EQ(session.send_part("middle", false), Sent::dropped);
    EXPECT_EQ(session.send_part("last", true), Sent::dropped);

    EXPECT_EQ(session.send_part("next", true), Sent::taken);
    EXPECT_EQ(session.written_behind(kLongFrame), "\x81\x04next");
}

TEST(DriverParts, L11_OneThatIsAllOfItsMessageIsDroppedAlone) {
    PartsWithoutRoom session(OverflowPolicy::drop);
    EXPECT_TRUE(session.send(kLong.size()));

    EXPECT_EQ(session.send_part("dropped", true), Sent::dropped);
    session.make_room(1 << 20);

    EXPECT_EQ(session.send_part("next", true), Sent::taken);
    EXPECT_EQ(session.written_behind(kLongFrame), "\x81\x04next");
}

TEST(DriverParts, WholeMessagesGoOutWhileOneInPartsIsDropped) {
    PartsWithoutRoom session(OverflowPolicy::drop);
    EXPECT_TRUE(session.send(kLong.size()));
    EXPECT_EQ(session.send_part("first", false), Sent::dropped);
    session.make_room(1 << 20);

    EXPECT_EQ(session.log.peer->send("whole"), Sent::taken);

    EXPECT_EQ(session.send_part("last", true), Sent::dropped);
    EXPECT_EQ(session.written_behind(kLongFrame), "\x81\x05whole");
}

TEST(DriverParts, OfADroppedMessageFailOnceTheConnectionIsClosed) {
    PartsWithoutRoom session(OverflowPolicy::drop);
    EXPECT_TRUE(session.send(kLong.size()));
    EXPECT_EQ(session.send_part("first", false), Sent::dropped);

    EXPECT_TRUE(session.log.peer->close());

    EXPECT_EQ(session.send_part("last", true), std::unexpected(UsageError::closed));
}

TEST(DriverParts, L11_AFirstOneThatIsRefusedMayBeSentLater) {
    PartsWithoutRoom session(OverflowPolicy::refuse);
    EXPECT_TRUE(session.send(kLong.size()));

    EXPECT_EQ(session.send_part("first", true), kFull);
    session.make_room(1 << 20);

    EXPECT_EQ(session.send_part("first", true), Sent::taken);
    EXPECT_EQ(session.written_behind(kLongFrame),
              "\x81\x05"
              "first");
}

}  // namespace
}  // namespace tautline::session
