// SPDX-License-Identifier: MIT
#include <tautline/transport/prefixed_stream.hpp>

#include <array>
#include <memory>
#include <span>

#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/slow_way.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/memory_stream.hpp>

namespace tautline::transport {
namespace {

struct Prefixed {
    Prefixed() {
        auto [near, far] = make_memory_pair(loop);
        peer = std::move(far);
        peer->set_handler(&at_peer);
        Buffer prefix;
        prefix.append(as_bytes("read "));
        stream = std::make_unique<PrefixedStream>(loop, std::move(near), std::move(prefix));
        stream->set_handler(&recorder);
    }
    void peer_writes(std::string_view text) {
        const std::array<Bytes, 1> pieces{as_bytes(text)};
        EXPECT_EQ(peer->write(pieces), text.size());
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::StreamRecorder recorder;
    test::StreamRecorder at_peer;
    std::unique_ptr<MemoryStream> peer;
    std::unique_ptr<PrefixedStream> stream;
};

TEST(PrefixedStream, TellsThePrefixBeforeWhatFollows) {
    Prefixed prefixed;
    prefixed.peer_writes("before");

    prefixed.stream->set_reading(true);
    EXPECT_EQ(prefixed.recorder.received, "");
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "read before");
}

TEST(PrefixedStream, StaysPausedUntilItIsRead) {
    Prefixed prefixed;
    prefixed.stream->set_reading(true);
    prefixed.stream->set_reading(false);
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "");
}

TEST(PrefixedStream, TellsTheEndBehindThePrefix) {
    Prefixed prefixed;
    prefixed.peer->shut_down();
    prefixed.stream->set_reading(true);
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "read ");
    EXPECT_EQ(prefixed.recorder.ends, 1);
}

TEST(PrefixedStream, TellsThePrefixFirstWhenItBreaksBeforeItIsRead) {
    Prefixed prefixed;
    prefixed.peer_writes("before");
    prefixed.peer->close();

    (void)test::write_text(*prefixed.stream, "lost");
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "read before");
    EXPECT_EQ(prefixed.recorder.end, std::errc::broken_pipe);
}

TEST(PrefixedStream, MayBeClosedInsideOfACallWhenItBreaks) {
    Prefixed prefixed;
    prefixed.recorder.at_bytes = [&] { prefixed.stream->close(); };
    prefixed.peer->close();

    (void)test::write_text(*prefixed.stream, "lost");
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "read ");
    EXPECT_EQ(prefixed.recorder.ends, 0);
}

TEST(PrefixedStream, WritesStraightOn) {
    Prefixed prefixed;
    prefixed.peer->set_reading(true);
    const std::array<Bytes, 1> pieces{as_bytes("out")};

    EXPECT_EQ(prefixed.stream->write(pieces), 3U);
    prefixed.stream->shut_down();
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.at_peer.received, "out");
    EXPECT_EQ(prefixed.at_peer.ends, 1);
}

TEST(PrefixedStream, AsksTheLowerStreamWhatThePeerHasNotTaken) {
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    auto way = std::make_unique<test::SlowWay>(make_memory_pair(loop).first);
    way->unconfirmed = 7;
    way->confirmed = 20;
    const PrefixedStream stream(loop, std::move(way), {});

    EXPECT_EQ(stream.unconfirmed_bytes(), 7U);
    EXPECT_EQ(stream.confirmed_bytes(3), 20U);
}

TEST(PrefixedStream, IsSilentOnceClosed) {
    Prefixed prefixed;
    prefixed.stream->set_reading(true);
    prefixed.stream->close();
    test::run_ready(prefixed.context);

    EXPECT_EQ(prefixed.recorder.received, "");
}

}  // namespace
}  // namespace tautline::transport
