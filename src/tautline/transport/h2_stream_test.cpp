// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_stream.hpp>

#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_load.hpp>
#include <tests/support/h2_pair.hpp>

namespace tautline::transport {
namespace {

using test::H2Pair;
using test::H2Session;
using test::pattern;
using test::write_text;

TEST(H2Stream, DeliversNothingWhileReadingIsOff) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);

    (void)write_text(*pair.accepted[0]->stream, "wait");
    pair.run();
    EXPECT_EQ(session->told.received, "");
    session->stream->set_reading(true);
    EXPECT_EQ(session->told.received, "");
    pair.run();

    EXPECT_EQ(session->told.received, "wait");
}

TEST(H2Stream, MayBePausedInTheMiddleOfItsBytes) {
    H2Pair pair;
    const auto session = pair.open();
    session->told.at_bytes = [&] { session->stream->set_reading(false); };

    (void)write_text(*pair.accepted[0]->stream, "one");
    pair.run();
    (void)write_text(*pair.accepted[0]->stream, "two");
    pair.run();
    EXPECT_EQ(session->told.received, "one");
    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.received, "onetwo");
}

// Takes everything and sends nothing.
struct SilentCarrier final : H2Carrier {
    std::size_t write(h2::StreamId, std::span<const Bytes> pieces) override {
        return total_bytes(pieces);
    }
    std::size_t write_last(h2::StreamId, std::span<const Bytes> pieces) override {
        return total_bytes(pieces);
    }
    void finish(h2::StreamId) override {}
    void consume(h2::StreamId, std::size_t) override {}
    void abandon(h2::StreamId) override {}
    std::size_t unconfirmed_bytes() const override { return 0; }
    std::uint64_t confirmed_bytes() const override { return 0; }
};

TEST(H2Stream, GivesWhatItHasKeptBeforeWhatComesInTheSameTurn) {
    asio::io_context context;
    SilentCarrier carrier;
    test::StreamRecorder told;
    H2Stream stream(io::Loop::of(context), carrier, h2::StreamId{1}, nullptr);
    stream.set_handler(&told);
    std::string one = "one";
    std::string two = "two";
    stream.receive(std::as_writable_bytes(std::span(one)));

    stream.set_reading(true);
    stream.receive(std::as_writable_bytes(std::span(two)));
    test::run_ready(context);

    EXPECT_EQ(told.received, "onetwo");
}

// What it has given away is not in its window any more.
TEST(H2Stream, X08_GivesNoMoreThanAPieceToWhoPausesAtIt) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    const std::string text = pattern(40'000);
    EXPECT_EQ(write_text(*pair.accepted[0]->stream, text), text.size());
    pair.run();
    session->told.at_bytes = [&] { session->stream->set_reading(false); };

    for (const std::size_t given : {16'384U, 32'768U, 40'000U}) {
        session->stream->set_reading(true);
        pair.run();
        EXPECT_EQ(session->told.received, text.substr(0, given));
    }
}

TEST(H2Stream, GivesBytesToTheHandlerThatIsSetThen) {
    H2Pair pair;
    const auto session = pair.open();
    test::StreamRecorder other;
    session->told.at_bytes = [&] { session->stream->set_handler(&other); };

    (void)write_text(*pair.accepted[0]->stream, "one");
    pair.run();
    (void)write_text(*pair.accepted[0]->stream, "two");
    pair.run();

    EXPECT_EQ(session->told.received, "one");
    EXPECT_EQ(other.received, "two");
}

TEST(H2Stream, ShutDownEndsOneHalf) {
    H2Pair pair;
    const auto session = pair.open();

    (void)write_text(*session->stream, "bye");
    session->stream->shut_down();
    session->stream->shut_down();
    pair.run();
    EXPECT_EQ(pair.accepted[0]->told.received, "bye");
    EXPECT_EQ(pair.accepted[0]->told.end, std::error_code());
    (void)write_text(*pair.accepted[0]->stream, "and you");
    pair.run();

    EXPECT_EQ(session->told.received, "and you");
    EXPECT_EQ(session->told.ends, 0);
}

TEST(H2Stream, TakesAndDropsWhatIsWrittenAfterShutDown) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->shut_down();

    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.received, "");
}

TEST(H2Stream, TellsTheEndAfterAllBytesEvenWhenItReadsLate) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    (void)write_text(*pair.accepted[0]->stream, "last words");
    pair.accepted[0]->stream->shut_down();
    session->stream->shut_down();
    pair.run();
    EXPECT_EQ(pair.client->stream_count(), 0U);
    EXPECT_EQ(session->told.ends, 0);

    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, IsFlushedWhenBothHalvesAreOver) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->shut_down();
    pair.run();
    H2Session& server = *pair.accepted[0];
    EXPECT_TRUE(server.stream->flushed());

    server.stream->shut_down();
    EXPECT_FALSE(server.stream->flushed());
    pair.run();

    EXPECT_TRUE(server.stream->flushed());
    EXPECT_EQ(server.told.writable, 1);
}

TEST(H2Stream, IsClosedByItsDestructor) {
    H2Pair pair;
    auto session = pair.open();

    session.reset();
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.ends, 1);
    EXPECT_EQ(pair.client->stream_count() + pair.server->stream_count(), 0U);
}

TEST(H2Stream, MayCloseItselfAndItsSiblingWhileItReads) {
    H2Pair pair;
    const auto first = pair.open();
    auto second = pair.open();
    first->told.at_bytes = [&] {
        first->stream->close();
        second.reset();
    };

    (void)write_text(*pair.accepted[0]->stream, "one");
    (void)write_text(*pair.accepted[1]->stream, "two");
    pair.run();

    EXPECT_EQ(first->told.received, "one");
    EXPECT_EQ(pair.accepted[1]->told.ends, 1);
}

TEST(H2Stream, KnowsTheConnection) {
    H2Pair pair;
    const auto session = pair.open();
    pair.client.reset();

    EXPECT_EQ(session->stream->info().alpn, "h2");
}

}  // namespace
}  // namespace tautline::transport
