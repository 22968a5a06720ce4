// SPDX-License-Identifier: MIT
// How a stream ends: by the peer, by us, by an error.
#include <memory>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/tcp_stream_fixture.hpp>
#include <unistd.h>

#include <tautline/transport/tcp_stream.hpp>

namespace tautline::transport {
namespace {

using test::run_ready;
using test::run_until;
using test::StreamRecorder;
using test::write_text;

TEST_F(TcpStreamTest, TellsTheEndOfThePeerOnce) {
    connect_tcp();
    stream->set_reading(true);
    peer_writes("last");
    ::shutdown(peer, SHUT_WR);

    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));
    run_ready(context);

    EXPECT_EQ(recorder.received, "last");
    EXPECT_EQ(recorder.end, std::error_code());
    EXPECT_EQ(recorder.ends, 1);
}

TEST_F(TcpStreamTest, WritesAfterThePeerEnded) {
    connect_tcp();
    stream->set_reading(true);
    ::shutdown(peer, SHUT_WR);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(write_text(*stream, "answer"), 6U);

    EXPECT_EQ(drain_peer(6), "answer");
}

TEST_F(TcpStreamTest, ReadsAfterOurHalfEnded) {
    connect_tcp();
    stream->set_reading(true);
    (void)write_text(*stream, "bye");
    stream->shut_down();
    stream->shut_down();

    EXPECT_EQ(drain_peer(3), "bye");
    EXPECT_TRUE(peer_sees_end());
    peer_writes("more");
    EXPECT_TRUE(run_until(context, [&] { return recorder.received == "more"; }));
}

TEST_F(TcpStreamTest, DropsWhatIsWrittenAfterOurHalfEnded) {
    connect_tcp();
    stream->shut_down();

    EXPECT_EQ(write_text(*stream, "late"), 4U);

    EXPECT_TRUE(peer_sees_end());
}

TEST_F(TcpStreamTest, DoesNotSpinAfterBothHalvesEnded) {
    connect_tcp();
    stream->set_reading(true);
    stream->shut_down();
    ::shutdown(peer, SHUT_WR);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    context.restart();
    EXPECT_LE(context.poll(), 2U);
}

TEST_F(TcpStreamTest, TellsAResetAsAnError) {
    connect_tcp();
    stream->set_reading(true);
    reset_peer();

    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.end, std::errc::connection_reset);
    EXPECT_EQ(write_text(*stream, "late"), 4U);
}

TEST_F(TcpStreamTest, TellsAWriteErrorFromTheLoopWhileReading) {
    connect_unix();
    stream->set_reading(true);
    close_peer();

    EXPECT_EQ(write_text(*stream, "lost"), 0U);
    EXPECT_TRUE(stream->broken());
    EXPECT_EQ(write_text(*stream, "dropped"), 7U);
    EXPECT_EQ(recorder.ends, 0);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.end, std::errc::broken_pipe);
    EXPECT_EQ(recorder.ends, 1);
}

TEST_F(TcpStreamTest, TakesWhatItDropsWhenItsEndWasToldBefore) {
    connect_unix();
    close_peer();
    stream->set_reading(true);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));
    EXPECT_FALSE(stream->broken());

    EXPECT_EQ(write_text(*stream, "lost"), 4U);

    EXPECT_TRUE(stream->broken());
}

TEST_F(TcpStreamTest, TellsAWriteErrorWhileReadingIsOff) {
    connect_unix();
    close_peer();

    EXPECT_EQ(write_text(*stream, "lost"), 0U);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.end, std::errc::broken_pipe);
}

TEST_F(TcpStreamTest, TellsAWriteErrorAlsoWhenThePeerStaysSilent) {
    connect_tcp();
    stream->set_reading(true);
    ::shutdown(stream->descriptor(), SHUT_WR);

    EXPECT_EQ(write_text(*stream, "lost"), 0U);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.end, std::errc::broken_pipe);
}

TEST_F(TcpStreamTest, ReadsWhatCameBeforeAWriteError) {
    connect_unix();
    peer_writes("the reason");
    close_peer();
    stream->set_reading(true);

    EXPECT_EQ(write_text(*stream, "lost"), 0U);
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.received, "the reason");
    EXPECT_EQ(recorder.end, std::errc::broken_pipe);
}

TEST_F(TcpStreamTest, ReadsWhatCameOverTcpBeforeAWriteError) {
    connect_tcp();
    peer_writes("the reason");
    (void)write_text(*stream, "unread");
    // Closing with unread bytes resets the connection.
    close_peer();
    stream->set_reading(true);
    std::string block(1'000'000, 'x');
    (void)write_text(*stream, block);
    (void)write_text(*stream, block);

    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.received, "the reason");
    EXPECT_TRUE(*recorder.end);
}

// ── a write that fails while reading is off ──

// What a peer has sent that is gone since, to a stream that does not read and finds out.
struct TcpStreamBroken : TcpStreamTest {
    void SetUp() override {
        connect_unix();
        const std::string block(10'000, 'x');
        // More than one read, where the system has room for so much.
        const int room = 1'000'000;
        ::setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        while (true) {
            const ssize_t count = ::send(peer, block.data(), block.size(), MSG_DONTWAIT);
            if (count <= 0) break;
            sent += static_cast<std::size_t>(count);
        }
        close_peer();
        EXPECT_EQ(write_text(*stream, "lost"), 0U);
    }
    bool told() const { return recorder.ends > 0 || !recorder.deliveries.empty(); }
    std::size_t sent = 0;
};

TEST_F(TcpStreamBroken, TellsWhatCameBeforeTheError) {
    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.received.size(), sent);
    EXPECT_EQ(recorder.end, std::errc::broken_pipe);
}

TEST_F(TcpStreamBroken, TellsItToWhoReadsOnAndPausesAgain) {
    stream->set_reading(true);
    recorder.at_bytes = [&] { stream->set_reading(false); };

    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.received.size(), sent);
}

TEST_F(TcpStreamBroken, MayBeClosedInsideOfACall) {
    recorder.at_bytes = [&] { stream->close(); };

    ASSERT_TRUE(run_until(context, [&] { return told(); }));
    context.restart();
    context.run();

    EXPECT_EQ(recorder.deliveries.size(), 1U);
    EXPECT_EQ(recorder.ends, 0);
}

TEST_F(TcpStreamBroken, MayBeRetiredInsideOfACall) {
    recorder.at_bytes = [&] { loop.retire(std::move(stream)); };

    ASSERT_TRUE(run_until(context, [&] { return told(); }));
    context.restart();
    context.run();

    EXPECT_EQ(recorder.deliveries.size(), 1U);
    EXPECT_EQ(recorder.ends, 0);
}

TEST_F(TcpStreamTest, TellsWhoDoesNotReadWhatCameOverTcpBeforeAReset) {
    connect_tcp();
    peer_writes("the reason");
    (void)write_text(*stream, "unread");
    // Closing with unread bytes resets the connection.
    close_peer();
    EXPECT_EQ(write_text(*stream, "lost"), 0U);

    ASSERT_TRUE(run_until(context, [&] { return recorder.ends > 0; }));

    EXPECT_EQ(recorder.received, "the reason");
    EXPECT_EQ(recorder.end, std::errc::connection_reset);
}

TEST_F(TcpStreamTest, TellsNothingAfterClose) {
    connect_tcp();
    stream->set_reading(true);
    peer_writes("unread");

    stream->close();
    run_ready(context);

    EXPECT_EQ(recorder.received, "");
    EXPECT_EQ(recorder.ends, 0);
    EXPECT_EQ(write_text(*stream, "late"), 4U);
    EXPECT_EQ(stream->descriptor(), -1);
}

TEST_F(TcpStreamTest, MayBeClosedInsideOfACall) {
    connect_tcp();
    recorder.at_bytes = [&] { stream->close(); };
    stream->set_reading(true);
    peer_writes("one");

    ASSERT_TRUE(run_until(context, [&] { return recorder.received == "one"; }));
    context.restart();
    context.run();

    EXPECT_EQ(recorder.ends, 0);
}

TEST_F(TcpStreamTest, MayBeRetiredInsideOfACall) {
    connect_tcp();
    recorder.at_bytes = [&] { loop.retire(std::move(stream)); };
    stream->set_reading(true);
    peer_writes("one");

    context.run();

    EXPECT_EQ(recorder.received, "one");
    EXPECT_TRUE(peer_sees_end());
}

TEST(TcpStream, OutlivesItsContextToBeDestroyed) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    StreamRecorder recorder;
    auto context = std::make_unique<asio::io_context>();
    auto stream = TcpStream::adopt(io::Loop::of(*context), ends[0]);
    stream->set_handler(&recorder);
    stream->set_reading(true);

    context.reset();
    stream.reset();

    char byte = 0;
    EXPECT_EQ(::recv(ends[1], &byte, 1, 0), 0);
    ::close(ends[1]);
}

}  // namespace
}  // namespace tautline::transport
