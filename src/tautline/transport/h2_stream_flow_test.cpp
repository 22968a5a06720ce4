// SPDX-License-Identifier: MIT
// Windows: none is overrun, and who does not read stops nobody else.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_load.hpp>
#include <tests/support/h2_pair.hpp>
#include <tests/support/slow_way.hpp>

namespace tautline::transport {
namespace {

using test::H2Echo;
using test::H2Pair;
using test::H2Sender;
using test::H2Session;
using test::kH2Window;
using test::pattern;
using test::write_text;

TEST(H2Stream, X05_TakesNoMoreThanTheWindowOfThePeer) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->set_reading(false);

    EXPECT_EQ(write_text(*session->stream, pattern(kH2Window + 1000)), kH2Window);
    pair.run();
    EXPECT_EQ(write_text(*session->stream, "x"), 0U);
    EXPECT_EQ(session->told.writable, 0);
    pair.accepted[0]->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.writable, 1);
    EXPECT_EQ(pair.accepted[0]->told.received.size(), kH2Window);
}

TEST(H2Stream, X05_CarriesMoreThanItsWindowWithoutLoss) {
    for (const std::uint32_t window : {1U, 2U, 100U, 65'536U}) {
        h2::Options options;
        options.stream_window_bytes = window;
        H2Pair pair({.protocol = options}, {.protocol = options});
        const auto session = pair.open();
        H2Echo echo(*pair.accepted[0]);
        const std::string text = pattern(window < 100 ? 300 : 300'000);

        H2Sender sender(*session, text);
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
        H2Echo echo(*pair.accepted[0]);
        const std::string text = pattern(3000);

        H2Sender sender(*session, text);
        pair.run();

        EXPECT_TRUE(session->told.received == text) << cut;
    }
}

TEST(H2Stream, X05_WaitsForAConnectionThatIsSlow) {
    H2Pair pair;
    const auto session = pair.open();
    pair.server_lower->set_capacity(100);
    const std::string text = pattern(1'000'000);

    H2Sender sender(*session, text);
    pair.run();

    EXPECT_TRUE(pair.accepted[0]->told.received == text);
}

struct SlowH2Pair : H2Pair {
    SlowH2Pair() {
        auto [left, right] = make_memory_pair(loop);
        auto slow = std::make_unique<test::SlowWay>(std::move(left));
        way = slow.get();
        server =
            std::make_unique<H2Connection>(loop, std::move(right), h2::Role::server, at_server);
        client = std::make_unique<H2Connection>(loop, std::move(slow), h2::Role::client, at_client);
        run();
    }
    test::SlowWay* way = nullptr;
};

TEST(H2Stream, AsksTheLowerStreamWhatThePeerHasNotTaken) {
    SlowH2Pair pair;
    pair.way->unconfirmed = 7;
    const auto session = pair.open();
    ASSERT_NE(session, nullptr);

    EXPECT_EQ(session->stream->unconfirmed_bytes(), 7U);
}

TEST(H2Stream, KnowsThatThePeerTakesWhileSiblingsSendMore) {
    SlowH2Pair pair;
    const auto session = pair.open();
    const auto sibling = pair.open();
    (void)write_text(*sibling->stream, pattern(10'000));
    pair.run();
    pair.way->unconfirmed = 10'000;
    const auto before = session->stream->confirmed_bytes(0);

    (void)write_text(*sibling->stream, pattern(6000));
    pair.run();
    pair.way->unconfirmed = 11'000;

    EXPECT_GE(session->stream->confirmed_bytes(0), before + 5000);
    pair.client->close();
    EXPECT_EQ(session->stream->confirmed_bytes(3), 3U) << "it asks nobody";
}

// A Ping that it sends next stands behind all of it.
TEST(H2Stream, CountsWhatItsSiblingsHaveWaitingToo) {
    H2Pair pair;
    const auto session = pair.open();
    const auto sibling = pair.open();
    (void)write_text(*sibling->stream, pattern(1000));

    EXPECT_GE(session->stream->unconfirmed_bytes(), 1000U);
    pair.run();
    EXPECT_EQ(session->stream->unconfirmed_bytes(), 0U);
    pair.client->close();
    EXPECT_EQ(session->stream->unconfirmed_bytes(), 0U) << "it asks nobody";
}

TEST(H2Stream, X08_ASlowReaderDoesNotStopItsSiblings) {
    H2Pair pair;
    std::vector<std::unique_ptr<H2Session>> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(pair.open());
        pair.accepted.back()->stream->set_reading(false);
        (void)write_text(*slow.back()->stream, pattern(kH2Window));
    }
    const auto quick = pair.open();
    H2Echo echo(*pair.accepted.back());
    const std::string text = pattern(3'000'000);

    H2Sender sender(*quick, text);
    pair.run();

    EXPECT_TRUE(quick->told.received == text);
}

TEST(H2Stream, X08_WritersShareAConnectionThatIsFull) {
    h2::Options options;
    options.max_output_bytes = 1000;
    H2Pair pair({}, {.protocol = options});
    const auto first = pair.open();
    const auto second = pair.open();

    H2Sender one(*first, pattern(100'000));
    H2Sender two(*second, pattern(100'000));
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
    std::vector<std::unique_ptr<H2Echo>> echoes;
    for (std::size_t i = 0; i < kStreams; ++i) {
        sessions.push_back(pair.open());
        ASSERT_TRUE(sessions.back());
        echoes.push_back(std::make_unique<H2Echo>(*pair.accepted.back()));
    }
    std::vector<std::unique_ptr<H2Sender>> senders;
    for (auto& session : sessions) senders.push_back(std::make_unique<H2Sender>(*session));
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
        EXPECT_LE(300'000 - senders[i]->rest.size(), 3 * kH2Window);
        sessions[i]->stream->set_reading(true);
    }
    pair.run();
    for (std::size_t i = 0; i < kSlow; ++i) {
        EXPECT_TRUE(sessions[i]->told.received == pattern(300'000));
    }
}

}  // namespace
}  // namespace tautline::transport
