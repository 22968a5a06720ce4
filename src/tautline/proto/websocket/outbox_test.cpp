// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/outbox.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/random.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/frame_reader.hpp>

namespace tautline::websocket {
namespace {

using test::wire;

class OutboxTest : public testing::Test {
protected:
    void data(std::string_view payload) {
        outbox_.write({.opcode = Opcode::text, .payload = as_bytes(payload)});
    }
    // What waits, piece by piece, as `readable` shows it.
    std::vector<std::string> pieces() {
        std::vector<std::string> texts;
        for (const Bytes piece : outbox_.poll_transmit()) {
            if (!piece.empty()) texts.push_back(readable(piece));
        }
        return texts;
    }
    // Takes `count` bytes.
    void take(std::size_t count) { outbox_.transmitted(count, kMark); }

    // T, C, I and O for the first bytes of Text, Close, Ping and Pong; lengths are left out.
    static std::string readable(Bytes bytes) {
        std::string text;
        for (const std::byte byte : bytes) {
            const auto value = std::to_integer<unsigned char>(byte);
            constexpr std::string_view names = "T------CIO";
            if (value > 0x80) {
                text += names[value - 0x81U];
            } else if (value > ' ') {
                text += static_cast<char>(value);
            }
        }
        return text;
    }

    static constexpr std::size_t kMark = 20;
    Outbox outbox_{Role::server, nullptr};
};

using Pieces = std::vector<std::string>;

TEST_F(OutboxTest, BeginsEmpty) {
    EXPECT_EQ(outbox_.size(), 0U);
    EXPECT_EQ(pieces(), Pieces{});
}

TEST_F(OutboxTest, KeepsTheOrderWhileNothingIsLeftOver) {
    data("a");
    outbox_.write_control(Opcode::ping, as_bytes("b"));
    data("c");

    EXPECT_EQ(pieces(), Pieces{"TaIbTc"});
    EXPECT_EQ(outbox_.size(), 9U);
}

TEST_F(OutboxTest, IsEmptyAfterAllWasTaken) {
    data("a");

    take(3);

    EXPECT_EQ(outbox_.size(), 0U);
    EXPECT_EQ(pieces(), Pieces{});
}

TEST_F(OutboxTest, LetsControlFramesOvertakeWhatWasLeftOver) {
    data("a");
    data("b");
    take(3);

    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"Op", "Tb"}));
    EXPECT_EQ(outbox_.overtaking_bytes(), 3U);
}

TEST_F(OutboxTest, LetsThemOvertakeWhenNothingCouldBeWritten) {
    data("a");
    take(0);

    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"Op", "Ta"}));
}

TEST_F(OutboxTest, FinishesAStartedFrameFirst) {
    data("abc");
    data("d");
    take(3);

    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"bc", "Op", "Td"}));
}

TEST_F(OutboxTest, FinishesAFrameOfWhichOnlyAByteWasTaken) {
    data("abc");
    take(1);

    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"abc", "Op"}));
}

TEST_F(OutboxTest, GoesOnWithAStartedFrameThatIsTakenInPieces) {
    data("abcdef");
    data("g");
    take(3);
    outbox_.write_control(Opcode::pong, as_bytes("p"));
    take(2);

    EXPECT_EQ(pieces(), (Pieces{"def", "Op", "Tg"}));
}

TEST_F(OutboxTest, FinishesAStartedControlFrameBeforeData) {
    data("a");
    data("b");
    take(3);
    outbox_.write_control(Opcode::pong, as_bytes("pong"));
    take(3);

    EXPECT_EQ(pieces(), (Pieces{"ong", "Tb"}));
    outbox_.write_control(Opcode::ping, {});
    EXPECT_EQ(pieces(), (Pieces{"ongI", "Tb"}));
}

TEST_F(OutboxTest, TakesFromAllPiecesAtOnce) {
    data("abc");
    data("de");
    take(3);
    outbox_.write_control(Opcode::pong, as_bytes("p"));

    take(2 + 3 + 3);

    EXPECT_EQ(pieces(), (Pieces{"e"}));
}

TEST_F(OutboxTest, KeepsTheOrderAgainOnceItWasEmpty) {
    data("a");
    take(1);
    take(2);

    data("b");
    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"TbOp"}));
}

TEST_F(OutboxTest, PutsACloseBehindTheData) {
    data("a");
    take(0);

    outbox_.write_close({CloseCode::no_status, {}});
    outbox_.write_control(Opcode::pong, as_bytes("p"));

    EXPECT_EQ(pieces(), (Pieces{"Op", "TaC"}));
}

TEST_F(OutboxTest, WritesTheCodeAndReasonOfAClose) {
    outbox_.write_close({CloseCode::going_away, "bye"});

    EXPECT_TRUE(std::ranges::equal(outbox_.poll_transmit()[0], wire("88 05 | 03e9 | 627965")));
}

TEST_F(OutboxTest, L09_AnswersEveryPingUpToTheMark) {
    for (int i = 0; i < 6; ++i) outbox_.answer_ping(as_bytes("12"), kMark);

    EXPECT_EQ(pieces(), (Pieces{"O12O12O12O12O12O12"}));
}

TEST_F(OutboxTest, L09_AnswersOnlyTheLatestPingAboveTheMark) {
    data(std::string(30, 'a'));
    take(0);

    for (const auto* payload : {"1", "2", "3"}) outbox_.answer_ping(as_bytes(payload), kMark);
    EXPECT_EQ(outbox_.size(), 32U);
    take(11);
    EXPECT_EQ(outbox_.size(), 21U);
    take(1);

    EXPECT_EQ(pieces(), (Pieces{std::string(20, 'a'), "O3"}));
}

TEST_F(OutboxTest, L09_AnswersTheLatestPingWhenAllWasTaken) {
    data(std::string(30, 'a'));
    outbox_.answer_ping(as_bytes("1"), kMark);

    take(32);

    EXPECT_EQ(pieces(), (Pieces{"O1"}));
}

TEST_F(OutboxTest, AnswersAPendingPingBeforeAClose) {
    data(std::string(30, 'a'));
    outbox_.answer_ping(as_bytes("1"), kMark);

    outbox_.write_close({CloseCode::no_status, {}});

    EXPECT_EQ(pieces(), (Pieces{"O1", "T" + std::string(30, 'a') + "C"}));
}

TEST_F(OutboxTest, DropsDataOfWhichNothingWasSent) {
    data("abc");
    data("def");
    data("ghi");
    take(3);

    outbox_.drop_data();

    EXPECT_EQ(pieces(), (Pieces{"bc"}));
}

TEST_F(OutboxTest, DropsAllDataWhenNoFrameWasStarted) {
    data("abc");

    outbox_.drop_data();

    EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(OutboxTest, KeepsACloseWhenDataIsDropped) {
    data("abc");
    data("def");
    outbox_.write_close({CloseCode::no_status, {}});
    take(3);

    outbox_.drop_data();

    EXPECT_EQ(pieces(), (Pieces{"bc", "C"}));
}

TEST_F(OutboxTest, ForgetsAPendingPingWhenDataIsDropped) {
    data(std::string(30, 'a'));
    outbox_.answer_ping(as_bytes("1"), kMark);

    outbox_.drop_data();
    take(0);

    EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(OutboxTest, DropsEverything) {
    data("abc");
    take(1);
    outbox_.write_control(Opcode::ping, {});

    outbox_.drop_everything();

    EXPECT_EQ(outbox_.size(), 0U);
    EXPECT_EQ(pieces(), Pieces{});
}

TEST_F(OutboxTest, DropsEverythingThatNobodyAskedFor) {
    data("abc");

    outbox_.drop_everything();

    EXPECT_EQ(outbox_.size(), 0U);
}

// ── lent memory ──

Buffer memory_of(std::size_t bytes) {
    Buffer memory;
    std::ignore = memory.prepare(bytes);
    return memory;
}

TEST_F(OutboxTest, WritesIntoLentMemory) {
    Buffer memory = memory_of(1000);
    const std::byte* const address = memory.prepare(1).data();
    outbox_.lend(std::move(memory));

    data("a");

    EXPECT_EQ(outbox_.poll_transmit()[0].data(), address);
    take(3);
    EXPECT_EQ(outbox_.take().capacity(), 1000U);
}

TEST_F(OutboxTest, EmptiesMemoryThatItIsLent) {
    Buffer memory;
    memory.append(as_bytes("rest of somebody else"));
    outbox_.lend(std::move(memory));

    EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(OutboxTest, CopiesWhatWaitsOutOfLentMemory) {
    outbox_.lend(memory_of(1000));
    data("abc");
    take(1);

    const Buffer returned = outbox_.take();

    EXPECT_EQ(returned.capacity(), 1000U);
    EXPECT_TRUE(returned.empty());
    EXPECT_EQ(pieces(), (Pieces{"abc"}));
}

TEST_F(OutboxTest, LeavesWhatWaitsWhereItIsWhenMemoryIsLent) {
    outbox_.lend(memory_of(1000));
    data("abc");
    take(1);
    std::ignore = outbox_.take();

    outbox_.lend(memory_of(2000));
    data("d");

    EXPECT_EQ(pieces(), (Pieces{"abc", "Td"}));
    EXPECT_EQ(outbox_.take().capacity(), 2000U);
    EXPECT_EQ(outbox_.size(), 4U + 3U);
}

TEST_F(OutboxTest, UsesLentMemoryOnceTheRestWasTaken) {
    outbox_.lend(memory_of(1000));
    data("abc");
    take(1);
    std::ignore = outbox_.take();
    Buffer memory = memory_of(2000);
    const std::byte* const address = memory.prepare(1).data();
    outbox_.lend(std::move(memory));

    take(4);
    data("d");

    EXPECT_EQ(outbox_.poll_transmit()[0].data(), address);
}

TEST_F(OutboxTest, WritesShortMessagesAsTheOthersAreWritten) {
    const std::string longest(125, 'x');
    for (const std::string_view payload : {std::string_view(), std::string_view(longest)}) {
        Outbox other(Role::server, nullptr);
        other.write({.opcode = Opcode::binary, .payload = as_bytes(payload)});

        const std::size_t waiting = outbox_.write_short(as_bytes(payload));

        EXPECT_EQ(waiting, outbox_.size());
        EXPECT_TRUE(std::ranges::equal(outbox_.poll_transmit()[0], other.poll_transmit()[0]));
        take(outbox_.size());
    }
}

TEST_F(OutboxTest, IsEmptyOnlyWhenNothingWaits) {
    EXPECT_TRUE(outbox_.empty());
    data("one");
    EXPECT_FALSE(outbox_.empty());
    take(0);
    outbox_.drop_data();
    outbox_.write_control(Opcode::pong, {});
    EXPECT_FALSE(outbox_.empty()) << "a Pong waits";

    take(outbox_.size());

    EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, GivesUpLentMemoryThatHasGrownTooLarge) {
    outbox_.lend(memory_of(1000));
    data(std::string(3'000'000, 'x'));

    take(outbox_.size());

    EXPECT_EQ(outbox_.take().capacity(), 0U);
}

TEST_F(OutboxTest, WritesInMemoryOfItsOwnWhenTheLentOneIsGone) {
    outbox_.lend(memory_of(1000));
    data("one");
    std::ignore = outbox_.take();
    take(outbox_.size());

    data("two");

    EXPECT_EQ(pieces(), (Pieces{"Ttwo"}));
}

TEST_F(OutboxTest, GivesNothingBackThatNobodyLent) {
    data("abc");

    EXPECT_EQ(outbox_.take().capacity(), 0U);
    EXPECT_EQ(outbox_.size(), 5U);
}

// ── masking ──

// RFC 6455 section 5.3: a fresh key for every frame.
TEST(OutboxOfAClient, F15_MasksEveryFrameWithAFreshKey) {
    test::PredictableRandom random;
    Outbox outbox(Role::client, &random);
    FrameReader reader(Role::server, Rsv1::refused);
    std::vector<MaskingKey> keys;

    for (int i = 0; i < 10000; ++i) outbox.write({.payload = as_bytes("payload")});
    const Bytes queue = outbox.poll_transmit()[0];
    std::vector<std::byte> copy(queue.begin(), queue.end());
    MutableBytes input = copy;
    for (auto slice = reader.read(input); *slice; slice = reader.read(input)) {
        ASSERT_EQ(as_text((*slice)->payload), "payload");
        keys.push_back((*slice)->header.key);
    }

    EXPECT_EQ(random.fills, 10000U);
    EXPECT_EQ(keys.size(), 10000U);
    std::ranges::sort(keys);
    const auto repeats = std::ranges::unique(keys);
    // 10,000 of 2^32 keys: the birthday bound allows no more than a handful of repeats.
    EXPECT_LE(repeats.size(), 2U);
}

TEST(OutboxOfAClient, FindsFrameBordersBehindItsMasks) {
    test::PredictableRandom random;
    Outbox outbox(Role::client, &random);
    outbox.write({.payload = as_bytes("abc")});
    outbox.write({.payload = as_bytes("def")});
    outbox.transmitted(4, 0);

    outbox.write_control(Opcode::ping, {});

    const auto waiting = outbox.poll_transmit();
    EXPECT_EQ(waiting[0].size(), 5U);
    EXPECT_EQ(waiting[1].size(), 6U);
    EXPECT_EQ(waiting[2].size(), 9U);
}

}  // namespace
}  // namespace tautline::websocket
