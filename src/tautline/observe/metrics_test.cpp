// SPDX-License-Identifier: MIT
#include <tautline/observe/metrics.hpp>

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::observe {
namespace {

using testing::HasSubstr;

// Counts these events, in their order.
Counters counted(const std::vector<Event>& events) {
    Metrics metrics;
    for (const Event& event : events) metrics.observe(event, {});
    return metrics.counters();
}

http::ResponseHead answer(int status) {
    http::ResponseHead head;
    head.status = status;
    return head;
}

TEST(Metrics, BeginAtNothing) { EXPECT_EQ(Metrics().counters(), Counters()); }

TEST(Metrics, CountMessagesAndTheirBytes) {
    EXPECT_EQ(counted({MessageReceived{MessageType::text, 5},
                       MessageReceived{MessageType::binary, 0}, MessageSent{MessageType::text, 7}}),
              (Counters{.messages_received = 2,
                        .messages_sent = 1,
                        .message_bytes_received = 5,
                        .message_bytes_sent = 7}));
}

TEST(Metrics, CountPingsAndPongs) {
    EXPECT_EQ(
        counted({PingSent{4}, PongReceived{}, PingReceived{1}, PingReceived{1}, PongSent{1}}),
        (Counters{.pings_received = 2, .pings_sent = 1, .pongs_received = 1, .pongs_sent = 1}));
}

TEST(Metrics, CountCallsOfClients) {
    const Error error{};
    EXPECT_EQ(
        counted({CallStarted{"ws://a.test/"}, CallStarted{"ws://a.test/"}, CallFailed{error}}),
        (Counters{.calls_started = 2, .calls_failed = 1}));
}

TEST(Metrics, CountRequestsAndRefusals) {
    const http::RequestHead request;
    const auto switching = answer(101);
    const auto moved = answer(308);
    const auto bad = answer(400);
    EXPECT_EQ(counted({RequestReceived{request}, ResponseSent{switching}, RequestReceived{request},
                       ResponseSent{moved}, ResponseSent{bad}}),
              (Counters{.requests_received = 2, .requests_refused = 1}));
}

TEST(Metrics, CountWhatOpensAndHowItEnds) {
    const Closed clean{.code = CloseCode::normal, .reason = {}, .clean = true, .error = {}};
    const Closed broken;
    EXPECT_EQ(counted({Opened{}, Opened{}, Opened{}, SessionClosed{clean}, SessionClosed{broken}}),
              (Counters{.websockets_opened = 3, .websockets_closed = 2, .websockets_broken = 1}));
}

TEST(Metrics, CountWhatTheApplicationThrows) {
    EXPECT_EQ(counted({HandlerThrew{nullptr}}), Counters{.handlers_threw = 1});
}

TEST(Metrics, CountWhoFailsBeforeARequest) {
    const transport::StreamInfo info;
    const Error error{};
    EXPECT_EQ(counted({TlsEnded{&info, nullptr}, TlsEnded{nullptr, &error}, ConnectionRefused{},
                       ConnectionRefused{}}),
              (Counters{.tls_failed = 1, .connections_refused = 2}));
}

TEST(Metrics, AddWhatManyThreadsCount) {
    constexpr int kEach = 10'000;
    Metrics metrics;
    const auto count = [&metrics] {
        for (int i = 0; i < kEach; ++i) metrics.observe(MessageSent{MessageType::text, 2}, {});
    };
    {
        const std::vector<std::jthread> threads = [&count] {
            std::vector<std::jthread> made;
            for (int i = 0; i < 4; ++i) made.emplace_back(count);
            return made;
        }();
        // May be read meanwhile.
        EXPECT_LE(metrics.counters().messages_sent, 4U * kEach);
    }

    EXPECT_EQ(metrics.counters().messages_sent, 4U * kEach);
    EXPECT_EQ(metrics.counters().message_bytes_sent, 8U * kEach);
}

TEST(Metrics, OfOneThreadAreKeptApart) {
    Metrics first;
    Metrics second;
    for (int i = 0; i < 3; ++i) {
        first.observe(PingSent{}, {});
        second.observe(PongSent{1}, {});
    }

    EXPECT_EQ(first.counters(), Counters{.pings_sent = 3});
    EXPECT_EQ(second.counters(), Counters{.pongs_sent = 3});
}

TEST(Metrics, OneThatIsMadeWhereAnotherEndedBeginsAtNothing) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(counted({PingSent{}}), Counters{.pings_sent = 1});
}

TEST(Metrics, AreWrittenForPrometheus) {
    const std::string text = to_prometheus({.websockets_opened = 5, .websockets_closed = 3});

    EXPECT_THAT(text, HasSubstr("# HELP tautline_websockets_opened_total WebSockets that opened.\n"
                                "# TYPE tautline_websockets_opened_total counter\n"
                                "tautline_websockets_opened_total 5\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE tautline_websockets_open gauge\n"
                                "tautline_websockets_open 2\n"));
    EXPECT_THAT(text, HasSubstr("\ntautline_messages_sent_total 0\n"));
}

}  // namespace
}  // namespace tautline::observe
