// SPDX-License-Identifier: MIT
// Payloads that are written from where they lie.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/frame_reader.hpp>
#include <tautline/proto/websocket/outbox.hpp>

namespace tautline::websocket {
namespace {

using test::wire;
using Wire = std::vector<std::byte>;

const std::string kPayload = "twelve bytes";

class OutboxInPlaceTest : public testing::Test {
protected:
    void write(std::string_view payload) {
        outbox_.write_in_place({.opcode = Opcode::text, .payload = as_bytes(payload)});
    }
    // Writes a payload that is gone after the stream took `count` bytes of what waits.
    void write_and_take(std::size_t count) {
        const auto payload = std::make_unique<std::string>(kPayload);
        write(*payload);
        take(count);
    }
    // As a stream would.
    void take(std::size_t count) {
        const Wire waiting = bytes();
        taken_.insert(taken_.end(), waiting.begin(), std::next(waiting.begin(), signed_(count)));
        outbox_.transmitted(count, kMark);
    }
    [[nodiscard]] Wire bytes() const {
        Wire bytes;
        for (const Bytes piece : outbox_.poll_transmit()) {
            bytes.insert(bytes.end(), piece.begin(), piece.end());
        }
        return bytes;
    }
    static std::ptrdiff_t signed_(std::size_t count) { return static_cast<std::ptrdiff_t>(count); }
    static Buffer memory_of(std::size_t bytes) {
        Buffer memory;
        std::ignore = memory.prepare(bytes);
        return memory;
    }

    static constexpr std::size_t kMark = 20;
    Outbox outbox_{Role::server, nullptr};
    Wire taken_;
};

TEST_F(OutboxInPlaceTest, ShowsThePayloadWhereItLies) {
    write(kPayload);

    const auto pieces = outbox_.poll_transmit();
    EXPECT_EQ(Wire(pieces[0].begin(), pieces[0].end()), wire("81 0c"));
    EXPECT_EQ(static_cast<const void*>(pieces[1].data()), kPayload.data());
    EXPECT_EQ(outbox_.size(), 14U);
}

TEST_F(OutboxInPlaceTest, StaysBehindWhatWaitsAlready) {
    outbox_.write({.opcode = Opcode::text, .payload = as_bytes("a")});
    outbox_.write_control(Opcode::ping, {});

    write("bc");

    EXPECT_EQ(bytes(), wire("81 01 61 | 89 00 | 81 02 6263"));
}

TEST_F(OutboxInPlaceTest, IsEmptyAfterAllWasTaken) {
    outbox_.lend(memory_of(1000));

    write_and_take(14);

    EXPECT_TRUE(outbox_.empty());
    EXPECT_EQ(outbox_.take().capacity(), 1000U);
}

TEST_F(OutboxInPlaceTest, SendsTheSameBytesWhereverTheStreamStops) {
    Outbox copied(Role::server, nullptr);
    copied.write({.opcode = Opcode::text, .payload = as_bytes("a")});
    copied.write({.opcode = Opcode::text, .payload = as_bytes(kPayload)});
    const Bytes expected = copied.poll_transmit()[0];

    for (std::size_t count = 0; count <= expected.size(); ++count) {
        SCOPED_TRACE(count);
        taken_.clear();
        outbox_.write({.opcode = Opcode::text, .payload = as_bytes("a")});
        write_and_take(count);
        EXPECT_EQ(outbox_.size(), expected.size() - count);
        take(outbox_.size());

        EXPECT_EQ(taken_, Wire(expected.begin(), expected.end()));
        EXPECT_TRUE(outbox_.empty());
    }
}

TEST_F(OutboxInPlaceTest, KeepsControlFramesOutOfTheFrameWhereverTheStreamStops) {
    for (std::size_t count = 0; count <= kPayload.size() + 2; ++count) {
        SCOPED_TRACE(count);
        taken_.clear();
        write_and_take(count);
        outbox_.write_control(Opcode::pong, as_bytes("p"));
        take(1);
        take(outbox_.size());

        Wire data = wire("81 0c");
        for (const char letter : kPayload) data.push_back(static_cast<std::byte>(letter));
        const Wire pong = wire("8a 01 70");
        data.insert(count == 0 ? data.begin() : data.end(), pong.begin(), pong.end());
        EXPECT_EQ(taken_, data);
    }
}

TEST_F(OutboxInPlaceTest, CopiesTheRestOnceAndGivesTheLentMemoryBack) {
    outbox_.lend(memory_of(1000));
    write_and_take(5);
    const std::byte* const rest = outbox_.poll_transmit()[0].data();

    EXPECT_EQ(outbox_.take().capacity(), 1000U);
    EXPECT_EQ(outbox_.poll_transmit()[0].data(), rest);
    EXPECT_EQ(outbox_.size(), 9U);
}

TEST_F(OutboxInPlaceTest, GoesOnInLentMemoryOnceTheRestWasTaken) {
    outbox_.lend(memory_of(1000));
    write_and_take(5);
    take(9);

    outbox_.write({.opcode = Opcode::text, .payload = as_bytes("a")});

    EXPECT_EQ(bytes(), wire("81 01 61"));
    EXPECT_EQ(outbox_.take().capacity(), 1000U);
}

TEST_F(OutboxInPlaceTest, CopiesWhatMustWaitBehindABacklog) {
    outbox_.write({.opcode = Opcode::text, .payload = as_bytes("a")});
    outbox_.transmitted(1, kMark);
    {
        const auto payload = std::make_unique<std::string>("bc");
        write(*payload);
    }
    EXPECT_EQ(bytes(), wire("01 61 | 81 02 6263"));
}

TEST_F(OutboxInPlaceTest, DropsTheRestOfNoStartedFrame) {
    write_and_take(5);

    outbox_.drop_data();

    EXPECT_EQ(outbox_.size(), 9U);
}

// RFC 6455 section 5.3.
TEST(OutboxInPlaceOfAClient, CopiesToMask) {
    test::PredictableRandom random;
    Outbox outbox(Role::client, &random);
    outbox.write_in_place({.payload = as_bytes(kPayload)});
    FrameReader reader(Role::server, Rsv1::refused);

    const Bytes queue = outbox.poll_transmit()[0];
    Wire copy(queue.begin(), queue.end());
    MutableBytes input = copy;
    const auto slice = reader.read(input);

    EXPECT_EQ(random.fills, 1U);
    EXPECT_EQ(as_text((*slice)->payload), kPayload);
}

}  // namespace
}  // namespace tautline::websocket
