// SPDX-License-Identifier: MIT
#include <tautline/base/buffer.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tautline {
namespace {

std::string content(const Buffer& buffer) { return std::string(as_text(buffer.readable())); }

TEST(Buffer, OwnsNoMemoryBeforeItHoldsSomething) {
    Buffer buffer;
    EXPECT_EQ(buffer.capacity(), 0U);
    buffer.append({});
    EXPECT_EQ(buffer.capacity(), 0U);
    EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, GivesBackWhatWasAppendedInOrder) {
    Buffer buffer;
    buffer.append(as_bytes("hello "));
    buffer.append(as_bytes("world"));
    EXPECT_EQ(content(buffer), "hello world");
}

TEST(Buffer, ConsumesFromTheFront) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    buffer.consume(2);
    EXPECT_EQ(content(buffer), "llo");
    EXPECT_EQ(buffer.size(), 3U);
}

TEST(Buffer, ShrinksFromTheBack) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    buffer.shrink(2);
    EXPECT_EQ(content(buffer), "hel");
}

TEST(Buffer, TakesWhatWasWrittenIntoPreparedRoom) {
    Buffer buffer;
    const auto room = buffer.prepare(10);
    EXPECT_EQ(room.size(), 10U);
    std::ranges::copy(as_bytes("abc"), room.begin());
    buffer.commit(3);
    EXPECT_EQ(content(buffer), "abc");
}

TEST(Buffer, KeepsItsContentWhenItGrows) {
    Buffer buffer;
    std::string wanted;
    for (int i = 0; i < 1000; ++i) {
        buffer.append(as_bytes("0123456789"));
        wanted += "0123456789";
    }
    EXPECT_EQ(content(buffer), wanted);
}

// A queue that is read as fast as it is written must not grow for ever.
TEST(Buffer, ReusesTheRoomOfWhatWasConsumed) {
    Buffer buffer;
    buffer.append(as_bytes("first"));
    const std::size_t capacity = buffer.capacity();
    for (int i = 0; i < 1000; ++i) {
        buffer.append(as_bytes("0123456789"));
        buffer.consume(10);
    }
    EXPECT_EQ(buffer.capacity(), capacity);
    EXPECT_EQ(buffer.size(), 5U);
}

// Moving more than half of the memory again and again would cost more than doubling it once.
TEST(Buffer, GrowsRatherThanMoveMoreThanHalfOfItsMemory) {
    Buffer buffer;
    buffer.append(as_bytes(std::string(128, 'x')));
    const std::size_t capacity = buffer.capacity();
    buffer.consume(capacity / 2 - 1);

    buffer.append(as_bytes("y"));

    EXPECT_EQ(buffer.capacity(), 2 * capacity);
    EXPECT_EQ(content(buffer), std::string(128 - capacity / 2 + 1, 'x') + "y");
}

TEST(Buffer, MovesHalfOfItsMemoryToTheFrontRatherThanGrow) {
    Buffer buffer;
    buffer.append(as_bytes(std::string(128, 'x')));
    const std::size_t capacity = buffer.capacity();
    ASSERT_EQ(capacity, 128U);
    buffer.consume(64);

    buffer.append(as_bytes(std::string(64, 'y')));

    EXPECT_EQ(buffer.capacity(), capacity);
    EXPECT_EQ(content(buffer), std::string(64, 'x') + std::string(64, 'y'));
}

TEST(Buffer, LetsWhatIsReadableBeChangedInPlace) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    buffer.consume(1);
    buffer.readable()[0] = std::byte{'a'};
    EXPECT_EQ(content(buffer), "allo");
}

TEST(Buffer, StartsAtTheFrontAgainWhenItWasEmptied) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    const auto* front = std::as_const(buffer).readable().data();
    buffer.consume(5);
    buffer.append(as_bytes("again"));
    EXPECT_EQ(std::as_const(buffer).readable().data(), front);
}

TEST(Buffer, ClearKeepsTheMemoryAndReleaseGivesItBack) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    EXPECT_GT(buffer.capacity(), 0U);
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(Buffer, IsEmptyAfterItWasMovedFrom) {
    Buffer from;
    from.append(as_bytes("hello"));
    Buffer to(std::move(from));
    EXPECT_EQ(content(to), "hello");
    EXPECT_EQ(from.capacity(), 0U);  // NOLINT: this is what is tested

    Buffer assigned;
    assigned.append(as_bytes("old"));
    assigned = std::move(to);
    EXPECT_EQ(content(assigned), "hello");
    EXPECT_TRUE(to.empty());  // NOLINT
}

TEST(BufferDeathTest, StopsTheProgramWhenMoreIsTakenThanIsThere) {
    Buffer buffer;
    buffer.append(as_bytes("hello"));
    EXPECT_DEATH(buffer.consume(6), "contract broken");
    EXPECT_DEATH(buffer.shrink(6), "contract broken");
    EXPECT_DEATH(buffer.commit(buffer.capacity()), "contract broken");
}

}  // namespace
}  // namespace tautline
