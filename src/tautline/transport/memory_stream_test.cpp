// SPDX-License-Identifier: MIT
#include <tautline/transport/memory_stream.hpp>

#include <string>

#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

namespace tautline::transport {
namespace {

using test::run_ready;
using test::StreamRecorder;
using test::write_text;

struct MemoryStreamTest : testing::Test {
    void connect(std::size_t capacity = std::numeric_limits<std::size_t>::max()) {
        std::tie(left, right) = make_memory_pair(loop, capacity);
        left->set_handler(&at_left);
        right->set_handler(&at_right);
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    StreamRecorder at_left;
    StreamRecorder at_right;
    std::unique_ptr<MemoryStream> left;
    std::unique_ptr<MemoryStream> right;
};

TEST_F(MemoryStreamTest, DeliversInALaterTurn) {
    connect();
    right->set_reading(true);

    EXPECT_EQ(write_text(*left, "hello"), 5U);
    EXPECT_EQ(at_right.received, "");
    run_ready(context);

    EXPECT_EQ(at_right.received, "hello");
}

TEST_F(MemoryStreamTest, DeliversInBothDirections) {
    connect();
    left->set_reading(true);
    right->set_reading(true);
    (void)write_text(*left, "ping");
    (void)write_text(*right, "pong");

    run_ready(context);

    EXPECT_EQ(at_right.received, "ping");
    EXPECT_EQ(at_left.received, "pong");
}

TEST_F(MemoryStreamTest, DeliversNothingWhileReadingIsOff) {
    connect();
    (void)write_text(*left, "wait");

    run_ready(context);
    EXPECT_EQ(at_right.received, "");
    right->set_reading(true);
    run_ready(context);

    EXPECT_EQ(at_right.received, "wait");
}

TEST_F(MemoryStreamTest, SplitsAtEveryByte) {
    connect();
    right->set_delivery_bytes(1);
    right->set_reading(true);
    (void)write_text(*left, "abc");

    run_ready(context);

    EXPECT_EQ(at_right.received, "abc");
    EXPECT_EQ(at_right.deliveries, (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(MemoryStreamTest, StopsInTheMiddleOfASplitDelivery) {
    connect();
    right->set_delivery_bytes(1);
    right->set_reading(true);
    at_right.at_bytes = [&] { right->set_reading(false); };
    (void)write_text(*left, "abc");

    run_ready(context);

    EXPECT_EQ(at_right.received, "a");
}

TEST_F(MemoryStreamTest, TakesNoMoreThanItsCapacity) {
    connect(4);

    EXPECT_EQ(write_text(*left, "abcdef"), 4U);
    run_ready(context);
    EXPECT_EQ(at_left.writable, 0);

    right->set_reading(true);
    run_ready(context);
    EXPECT_EQ(at_left.writable, 1);
    EXPECT_EQ(at_right.received, "abcd");
}

TEST_F(MemoryStreamTest, TakesPiecesAsFarAsThereIsRoom) {
    connect();
    right->set_capacity(3);
    const std::array<Bytes, 3> pieces{as_bytes("ab"), as_bytes("cd"), as_bytes("ef")};

    EXPECT_EQ(left->write(pieces), 3U);
}

TEST_F(MemoryStreamTest, LetsAHandlerWriteToTheOtherEnd) {
    connect();
    right->set_delivery_bytes(2);
    right->set_reading(true);
    at_right.at_bytes = [&] {
        if (at_right.received == "ab") (void)write_text(*left, std::string(1'000, 'x'));
    };
    (void)write_text(*left, "abcd");

    run_ready(context);

    EXPECT_EQ(at_right.received, "abcd" + std::string(1'000, 'x'));
}

TEST_F(MemoryStreamTest, TellsTheEndAfterTheBytesBeforeIt) {
    connect();
    right->set_delivery_bytes(1);
    right->set_reading(true);
    (void)write_text(*left, "bye");
    left->shut_down();
    left->shut_down();

    run_ready(context);

    EXPECT_EQ(at_right.received, "bye");
    EXPECT_EQ(at_right.end, std::error_code());
    EXPECT_EQ(at_right.ends, 1);
}

TEST_F(MemoryStreamTest, ReadsAfterItsOwnHalfEnded) {
    connect();
    left->set_reading(true);
    left->shut_down();
    (void)write_text(*right, "still");

    run_ready(context);

    EXPECT_EQ(at_left.received, "still");
    EXPECT_EQ(write_text(*left, "late"), 4U);
}

TEST_F(MemoryStreamTest, TellsTheEndOnlyWhileReading) {
    connect();
    left->shut_down();

    run_ready(context);
    EXPECT_EQ(at_right.ends, 0);
    right->set_reading(true);
    run_ready(context);

    EXPECT_EQ(at_right.ends, 1);
}

TEST_F(MemoryStreamTest, TellsTheEndWhenTheOtherEndIsDestroyed) {
    connect();
    right->set_reading(true);
    (void)write_text(*left, "last");

    left.reset();
    run_ready(context);

    EXPECT_EQ(at_right.received, "last");
    EXPECT_EQ(at_right.end, std::error_code());
}

TEST_F(MemoryStreamTest, BreaksWhenItWritesToAnEndThatIsClosed) {
    connect();
    right->close();

    EXPECT_EQ(write_text(*left, "lost"), 4U);
    EXPECT_EQ(at_left.ends, 0);
    run_ready(context);

    EXPECT_EQ(at_left.end, std::errc::broken_pipe);
}

TEST_F(MemoryStreamTest, TellsWhatCameBeforeItBrokeToWhoDoesNotRead) {
    connect();
    (void)write_text(*right, "the reason");
    right->close();

    (void)write_text(*left, "lost");
    run_ready(context);

    EXPECT_EQ(at_left.received, "the reason");
    EXPECT_EQ(at_left.end, std::errc::broken_pipe);
}

TEST_F(MemoryStreamTest, WakesAWriterThatWaitsWhenTheOtherEndCloses) {
    connect(1);
    (void)write_text(*left, "abc");

    right->close();
    run_ready(context);

    EXPECT_EQ(at_left.writable, 1);
}

TEST_F(MemoryStreamTest, BreaksBothEndsWithAnError) {
    connect();
    left->set_reading(true);
    (void)write_text(*left, "lost");

    left->fail(std::make_error_code(std::errc::timed_out));
    run_ready(context);

    EXPECT_EQ(at_left.end, std::errc::timed_out);
    EXPECT_EQ(at_right.end, std::errc::timed_out);
    EXPECT_EQ(at_right.received, "");
    EXPECT_EQ(write_text(*left, "late"), 4U);
}

TEST_F(MemoryStreamTest, BreaksAnEndWhoseOtherEndIsGone) {
    connect();
    right.reset();

    left->fail(std::make_error_code(std::errc::timed_out));
    run_ready(context);

    EXPECT_EQ(at_left.end, std::errc::timed_out);
}

TEST_F(MemoryStreamTest, TellsNothingAfterClose) {
    connect();
    right->set_reading(true);
    (void)write_text(*left, "unread");

    right->close();
    run_ready(context);

    EXPECT_EQ(at_right.received, "");
    EXPECT_EQ(at_right.ends, 0);
    EXPECT_EQ(write_text(*right, "late"), 4U);
}

TEST_F(MemoryStreamTest, MayBeClosedInsideOfEveryCall) {
    connect(2);
    right->set_reading(true);
    at_right.at_bytes = [&] { right->close(); };
    at_left.at_writable = [&] { left->close(); };
    (void)write_text(*left, "abc");

    run_ready(context);

    EXPECT_EQ(at_right.received, "ab");
    EXPECT_EQ(at_left.writable, 1);
    EXPECT_EQ(at_left.ends, 0);
}

TEST_F(MemoryStreamTest, DeliversNothingWhenItWasClosedInTheSameTurn) {
    connect(2);
    (void)write_text(*right, "x");
    (void)write_text(*left, "abc");
    right->set_reading(true);
    at_right.at_bytes = [&] { left->set_reading(true); };
    at_left.at_writable = [&] { left->close(); };

    run_ready(context);

    EXPECT_EQ(at_left.writable, 1);
    EXPECT_EQ(at_left.received, "");
}

TEST_F(MemoryStreamTest, TellsTheInfoThatItWasGiven) {
    connect();

    StreamInfo info;
    info.peer_address = "memory";
    left->set_info(info);

    EXPECT_EQ(left->info().peer_address, "memory");
}

}  // namespace
}  // namespace tautline::transport
