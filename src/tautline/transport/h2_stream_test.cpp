// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_stream.hpp>

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>

namespace tautline::transport {
namespace {

using test::H2Pair;
using test::H2Session;
using test::write_text;

constexpr std::size_t kWindow = std::size_t{64} * 1024;

// Sends everything back, and reads no more while there is no room for it.
struct Echo {
    explicit Echo(H2Session& session) : at(session) {
        at.told.at_bytes = [this] { pass_on(); };
        at.told.at_writable = [this] { pass_on(); };
    }
    void pass_on() {
        const std::size_t taken = write_text(*at.stream, at.told.received);
        at.told.received.erase(0, taken);
        at.stream->set_reading(at.told.received.empty());
    }
    H2Session& at;
};

// Writes a long text, waiting for room in between.
struct Sender {
    explicit Sender(H2Session& session, std::string_view text = {}) : at(session) {
        at.told.at_writable = [this] { pass_on(); };
        send(text);
    }
    void send(std::string_view text) {
        const bool waits = !rest.empty();
        rest += text;
        if (!waits) pass_on();
    }
    void pass_on() { rest.erase(0, write_text(*at.stream, rest)); }
    H2Session& at;
    std::string rest;
};

std::string pattern(std::size_t size) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

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

TEST(H2Stream, X07_TellsAResetAsItsCode) {
    H2Pair pair;
    const auto session = pair.open();

    pair.accepted[0]->stream->close();
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    EXPECT_EQ(pair.accepted[0]->told.ends, 0);
}

TEST(H2Stream, X07_AResetAfterTheEndTakesNothingAway) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    (void)write_text(*pair.accepted[0]->stream, "last words");
    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();

    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, X07_AWriterThatWaitsIsFreedWhenBothHalvesAreOver) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->set_reading(false);
    Sender sender(*session, pattern(kWindow + 1));
    pair.run();
    EXPECT_EQ(sender.rest.size(), 1U);

    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();

    EXPECT_EQ(sender.rest, "");
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, X07_WhoDoesNotReadIsToldOfAResetBehindTheEnd) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);

    pair.accepted[0]->stream->shut_down();
    pair.run();
    EXPECT_EQ(session->told.ends, 0);
    pair.accepted[0]->stream->close();
    pair.run();
    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST(H2Stream, X07_WhoDoesNotReadIsToldOfALossBehindTheEnd) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    pair.accepted[0]->stream->shut_down();
    pair.run();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, std::make_error_code(std::errc::connection_reset));
}

TEST(H2Stream, X07_WhoLeavesBytesUnreadIsToldWhenItWrites) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    (void)write_text(*pair.accepted[0]->stream, "last words");
    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();
    EXPECT_EQ(session->told.ends, 0);

    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST(H2Stream, X07_TellsAResetWithoutAnErrorToo) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [near, server] = make_memory_pair(loop);
    test::StreamRecorder raw;
    server->set_handler(&raw);
    test::H2Recorder at_client;
    H2Connection client(loop, std::move(near), h2::Role::client, at_client);
    std::unique_ptr<H2Session> session;
    (void)write_text(*server, test::settings_frame({{0x8, 1}}));
    test::run_ready(context);
    const auto id = client.open(test::websocket_request(), [&](auto response) {
        session = std::make_unique<H2Session>(std::move(response->stream));
    });
    ASSERT_TRUE(id);

    (void)write_text(*server, test::headers_frame(1, {{":status", "200"}}));
    (void)write_text(*server, test::frame(0x3, 0, 1, test::big_endian(0, 4)));
    test::run_ready(context);

    ASSERT_TRUE(session);
    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::no_error));
}

TEST(H2Stream, EndsInOrderWhenItIsShutDownBeforeItIsClosed) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->shut_down();
    pair.run();

    session->stream->shut_down();
    session->stream->close();
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.end, std::error_code());
    EXPECT_EQ(pair.server->stream_count(), 0U);
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

// ── flow control ──

TEST(H2Stream, X05_TakesNoMoreThanTheWindowOfThePeer) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->set_reading(false);

    EXPECT_EQ(write_text(*session->stream, pattern(kWindow + 1000)), kWindow);
    pair.run();
    EXPECT_EQ(write_text(*session->stream, "x"), 0U);
    EXPECT_EQ(session->told.writable, 0);
    pair.accepted[0]->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.writable, 1);
    EXPECT_EQ(pair.accepted[0]->told.received.size(), kWindow);
}

TEST(H2Stream, X05_CarriesMoreThanItsWindowWithoutLoss) {
    for (const std::uint32_t window : {1U, 2U, 100U, 65'536U}) {
        h2::Options options;
        options.stream_window_bytes = window;
        H2Pair pair({.protocol = options}, {.protocol = options});
        const auto session = pair.open();
        Echo echo(*pair.accepted[0]);
        const std::string text = pattern(window < 100 ? 300 : 300'000);

        Sender sender(*session, text);
        pair.run();

        EXPECT_TRUE(session->told.received == text) << window;
        EXPECT_EQ(sender.rest, "");
    }
}

TEST(H2Stream, X05_LivesThroughEveryCutOfTheConnection) {
    for (const std::size_t cut : {1U, 2U, 9U, 10U, 1000U}) {
        H2Pair pair;
        const auto session = pair.open();
        pair.client_lower->set_delivery_bytes(cut);
        pair.server_lower->set_delivery_bytes(cut);
        Echo echo(*pair.accepted[0]);
        const std::string text = pattern(3000);

        Sender sender(*session, text);
        pair.run();

        EXPECT_TRUE(session->told.received == text) << cut;
    }
}

TEST(H2Stream, X05_WaitsForAConnectionThatIsSlow) {
    H2Pair pair;
    const auto session = pair.open();
    pair.server_lower->set_capacity(100);
    const std::string text = pattern(1'000'000);

    Sender sender(*session, text);
    pair.run();

    EXPECT_TRUE(pair.accepted[0]->told.received == text);
}

TEST(H2Stream, X08_ASlowReaderDoesNotStopItsSiblings) {
    H2Pair pair;
    std::vector<std::unique_ptr<H2Session>> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(pair.open());
        pair.accepted.back()->stream->set_reading(false);
        (void)write_text(*slow.back()->stream, pattern(kWindow));
    }
    const auto quick = pair.open();
    Echo echo(*pair.accepted.back());
    const std::string text = pattern(3'000'000);

    Sender sender(*quick, text);
    pair.run();

    EXPECT_TRUE(quick->told.received == text);
}

TEST(H2Stream, X08_WritersShareAConnectionThatIsFull) {
    h2::Options options;
    options.max_output_bytes = 1000;
    H2Pair pair({}, {.protocol = options});
    const auto first = pair.open();
    const auto second = pair.open();

    Sender one(*first, pattern(100'000));
    Sender two(*second, pattern(100'000));
    pair.run();

    EXPECT_TRUE(pair.accepted[0]->told.received == pattern(100'000));
    EXPECT_TRUE(pair.accepted[1]->told.received == pattern(100'000));
}

// Ten of a thousand do not read. Everybody else gets everything back. Of the ten, each side holds a
// window, and the echo what it could not pass on.
TEST(H2Stream, X08_AThousandWebSocketsEchoWhileTenDoNotRead) {
    constexpr std::size_t kStreams = 1000;
    constexpr std::size_t kSlow = 10;
    constexpr std::size_t kRounds = 3;
    H2Pair pair;
    std::vector<std::unique_ptr<H2Session>> sessions;
    std::vector<std::unique_ptr<Echo>> echoes;
    for (std::size_t i = 0; i < kStreams; ++i) {
        sessions.push_back(pair.open());
        ASSERT_TRUE(sessions.back());
        echoes.push_back(std::make_unique<Echo>(*pair.accepted.back()));
    }
    std::vector<std::unique_ptr<Sender>> senders;
    for (auto& session : sessions) senders.push_back(std::make_unique<Sender>(*session));
    for (std::size_t i = 0; i < kSlow; ++i) {
        sessions[i]->stream->set_reading(false);
        senders[i]->send(pattern(300'000));
    }

    for (std::size_t round = 0; round < kRounds; ++round) {
        for (std::size_t i = kSlow; i < kStreams; ++i) senders[i]->send(pattern(i));
        pair.run();
    }

    for (std::size_t i = kSlow; i < kStreams; ++i) {
        EXPECT_EQ(sessions[i]->told.received.size(), kRounds * i);
    }
    for (std::size_t i = 0; i < kSlow; ++i) {
        EXPECT_LE(300'000 - senders[i]->rest.size(), 3 * kWindow);
        sessions[i]->stream->set_reading(true);
    }
    pair.run();
    for (std::size_t i = 0; i < kSlow; ++i) {
        EXPECT_TRUE(sessions[i]->told.received == pattern(300'000));
    }
}

// However the connection goes, both sides tell each of a thousand streams so, once.
void expect_one_end_each(const std::function<void(H2Pair&)>& lose) {
    constexpr std::size_t kStreams = 1000;
    H2Pair pair;
    std::vector<std::unique_ptr<H2Session>> sessions;
    for (std::size_t i = 0; i < kStreams; ++i) {
        sessions.push_back(pair.open());
        ASSERT_TRUE(sessions.back());
    }

    lose(pair);
    pair.run();

    for (const auto& session : sessions) EXPECT_EQ(session->told.ends, 1);
    for (const auto& session : pair.accepted) EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_server.ends, 1);
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheConnectionIsReset) {
    expect_one_end_each([](H2Pair& pair) {
        pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    });
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheClientEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) { pair.client_lower->shut_down(); });
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheServerEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) { pair.server_lower->shut_down(); });
}

// A frame on stream 0 that belongs to a stream: RFC 9113 section 6.1.
TEST(H2Stream, X07_AThousandStreamsEndOnceWhenAGoAwayEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) {
        const std::string data("\0\0\1\0\0\0\0\0\0x", 10);
        const Bytes bytes = as_bytes(data);
        EXPECT_EQ(pair.client_lower->write({&bytes, 1}), data.size());
    });
}

TEST(H2Stream, X07_AThousandStreamsThatEndAfterAGoAwayEndOnce) {
    expect_one_end_each([](H2Pair& pair) {
        pair.server->go_away();
        pair.client->go_away();
        pair.run();
        EXPECT_EQ(pair.at_client.ends, 0);
        for (const auto& session : pair.accepted) session->stream->shut_down();
        pair.run();
        pair.client_lower->shut_down();
    });
}

}  // namespace
}  // namespace tautline::transport
