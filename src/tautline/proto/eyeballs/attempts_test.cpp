// SPDX-License-Identifier: MIT
// The attempts alone; the race_*_test.cpp tell whole scenarios.
#include <tautline/proto/eyeballs/attempts.hpp>

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

using Lines = std::vector<std::string>;

constexpr Instant kStart{};

Endpoint endpoint(std::string_view address, Protocol protocol = Protocol::http2_or_http1,
                  std::vector<std::uint8_t> ech = {}) {
    return {IpEndpoint{IpAddress::parse(address).value(), 443}, protocol, std::move(ech)};
}

struct Runs {
    explicit Runs(SessionKind session = SessionKind::websocket, NetworkConfig config = {},
                  Instant patient_until = Instant::min())
        : patience(patient_until) {
        config.session = session;
        setup = bounded({std::move(config), {.host = "example.com"}});
    }
    void start(const Endpoint& endpoint, Duration elapsed = 0ms) {
        attempts.start(endpoint, AttemptKind::planned, kStart + elapsed);
    }
    Lines lines() {
        Lines lines;
        while (const auto output = attempts.poll_output()) lines.push_back(to_string(*output));
        return lines;
    }

    RaceSetup setup;
    Instant patience;
    Attempts attempts{setup, patience};
};

constexpr AttemptId kFirst(1);
constexpr AttemptId kSecond(2);
constexpr PeerSettings kGood{.extended_connect = true, .webtransport = true};

TEST(Attempts, AreNumberedAndStarted) {
    Runs runs;
    EXPECT_FALSE(runs.attempts.running());
    EXPECT_EQ(runs.attempts.next_start(), std::nullopt);

    runs.start(endpoint("192.0.2.1"));

    EXPECT_EQ(runs.lines(), (Lines{"attempt 1 192.0.2.1:443 h2+h1"}));
    EXPECT_TRUE(runs.attempts.running());
    EXPECT_EQ(runs.attempts.next_start(), kStart + 250ms);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 7s);
    EXPECT_TRUE(runs.attempts.covered(endpoint("192.0.2.1", Protocol::http1)));
    EXPECT_FALSE(runs.attempts.covered(endpoint("192.0.2.2")));
}

TEST(Attempts, WithoutASessionTheFirstConnectionWins) {
    Runs runs(SessionKind::none);
    runs.start(endpoint("192.0.2.1"));
    EXPECT_EQ(runs.attempts.winner(), std::nullopt);

    runs.attempts.handle_connected(kFirst, http1, kStart);

    ASSERT_TRUE(runs.attempts.winner());
    EXPECT_EQ(runs.attempts.winner()->version, http1);
    EXPECT_FALSE(runs.attempts.running());
    EXPECT_TRUE(runs.attempts.reports().empty());
}

TEST(Attempts, EachPhaseHasItsDeadline) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));

    runs.attempts.handle_connected(kFirst, http2, kStart + 1s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 6s);
    runs.attempts.handle_settings(kFirst, kGood, kStart + 2s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 9s);
    runs.attempts.handle_timeout(kStart + 12s);
    EXPECT_EQ(runs.attempts.next_timeout(), std::nullopt);
    EXPECT_EQ(runs.attempts.reports().at(0).end, AttemptEnd::timed_out);
}

TEST(Attempts, TheEarliestDeadlineCounts) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2"), 1s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 7s);

    runs.attempts.handle_connected(kSecond, http2, kStart + 1s);

    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 6s);
}

TEST(Attempts, Http2WithoutExtendedConnectBringsAnUrgentFallback) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_connected(kFirst, http2, kStart);
    runs.attempts.handle_settings(kFirst, {}, kStart);

    const auto urgent = runs.attempts.take_urgent();

    ASSERT_TRUE(urgent);
    EXPECT_EQ(urgent->endpoint, endpoint("192.0.2.1", Protocol::http1));
    EXPECT_EQ(urgent->kind, AttemptKind::http1_fallback);
    EXPECT_TRUE(runs.attempts.http2_unsuitable());
    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
}

// RFC 9113 section 5.1.2.
TEST(Attempts, APeerThatTakesNoStreamsIsAskedOverHttp1) {
    constexpr PeerSettings kNoStreams{.extended_connect = true, .takes_streams = false};
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2", Protocol::http2));
    runs.lines();
    for (const AttemptId id : {kFirst, kSecond}) {
        runs.attempts.handle_connected(id, http2, kStart);
        runs.attempts.handle_settings(id, kNoStreams, kStart);
    }

    EXPECT_EQ(runs.lines(), (Lines{"cancel 1", "establish 2 websocket over h2"}));
    EXPECT_EQ(runs.attempts.take_urgent()->kind, AttemptKind::http1_fallback);
}

// One that is late is borne until somebody needs its place.
TEST(Attempts, PatienceEndsWhereAnotherWaitsForTheAddress) {
    Runs runs(SessionKind::websocket, {}, kStart + 1min);
    runs.start(endpoint("192.0.2.1", Protocol::http1));
    runs.attempts.handle_connected(kFirst, http1, kStart);
    runs.attempts.handle_timeout(kStart + 7s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 1min);
    runs.start(endpoint("192.0.2.1", Protocol::http2), 7s);
    runs.lines();

    runs.attempts.handle_connected(kSecond, http2, kStart + 8s);
    runs.attempts.handle_settings(kSecond, kGood, kStart + 8s);

    EXPECT_EQ(runs.lines(), (Lines{"cancel 1", "establish 2 websocket over h2"}));
}

// The setup has no session to ask for: nobody waits for a turn, and nothing is in the way.
TEST(Attempts, PatienceHasItsEnd) {
    Runs runs(SessionKind::none, {}, kStart + 1min);
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_timeout(kStart + 7s);
    EXPECT_TRUE(runs.attempts.running());

    runs.attempts.handle_timeout(kStart + 1min);
    EXPECT_EQ(runs.attempts.reports().at(0).end, AttemptEnd::timed_out);
}

TEST(Attempts, AFallbackThatWasTriedIsNotUrgent) {
    Runs runs;
    runs.start(endpoint("192.0.2.1", Protocol::http1));
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_connected(kSecond, http2, kStart);
    runs.attempts.handle_settings(kSecond, {}, kStart);

    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
}

TEST(Attempts, WhatIsLearntIsSaidOnce) {
    Runs runs;
    for (const auto* address : {"192.0.2.1", "192.0.2.2"}) runs.start(endpoint(address));
    for (const AttemptId id : {kFirst, kSecond}) {
        runs.attempts.handle_connected(id, http2, kStart);
    }
    runs.lines();

    for (const AttemptId id : {kFirst, kSecond}) runs.attempts.handle_settings(id, {}, kStart);

    EXPECT_EQ(runs.lines(), (Lines{"cancel 1", "cancel 2"}));

    for (const auto* address : {"192.0.2.1", "192.0.2.2"}) {
        runs.start(endpoint(address, Protocol::http1));
    }
    runs.lines();
    runs.attempts.handle_connected(AttemptId(3), http1, kStart);
    runs.attempts.handle_connected(AttemptId(4), http1, kStart);
    EXPECT_EQ(runs.lines(), (Lines{"remember h1 only", "establish 3 websocket over h1",
                                   "establish 4 websocket over h1"}));
}

TEST(Attempts, ARequestThatWasNotProcessedIsUrgentOnce) {
    Runs runs;
    const auto ask = [&](AttemptId id) {
        runs.attempts.handle_connected(id, http1, kStart);
        runs.attempts.handle_session(id, SessionResult::not_processed, {}, kStart);
    };
    runs.start(endpoint("192.0.2.1"));
    ask(kFirst);

    const auto urgent = runs.attempts.take_urgent();
    ASSERT_TRUE(urgent);
    EXPECT_EQ(urgent->endpoint, endpoint("192.0.2.1"));
    EXPECT_EQ(urgent->kind, AttemptKind::unprocessed_retry);
    EXPECT_EQ(runs.attempts.reports().at(0).end, AttemptEnd::failed);

    runs.attempts.start(urgent->endpoint, urgent->kind, kStart);
    ask(kSecond);
    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(runs.attempts.failure_reason(), FailureReason::connection);
}

TEST(Attempts, NeitherHttp3NorWebTransportFallBack) {
    Runs websocket;
    Runs webtransport(SessionKind::webtransport);
    websocket.start(endpoint("192.0.2.1", Protocol::http3));
    websocket.attempts.handle_connected(kFirst, http3, kStart);
    websocket.attempts.handle_settings(kFirst, {}, kStart);
    webtransport.start(endpoint("192.0.2.1", Protocol::http2));
    webtransport.attempts.handle_connected(kFirst, http2, kStart);
    webtransport.attempts.handle_settings(kFirst, {.extended_connect = true}, kStart);

    EXPECT_EQ(websocket.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(webtransport.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(webtransport.attempts.failure_reason(), FailureReason::not_supported);
}

TEST(Attempts, AnEchRetryIsUrgentAndNotASupportProblem) {
    Runs runs;
    runs.start(endpoint("192.0.2.1", Protocol::http2, {1}));

    runs.attempts.handle_ech_retry(kFirst, {2}, kStart);

    const auto urgent = runs.attempts.take_urgent();
    ASSERT_TRUE(urgent);
    EXPECT_EQ(urgent->endpoint, endpoint("192.0.2.1", Protocol::http2, {2}));
    EXPECT_EQ(urgent->kind, AttemptKind::ech_retry);
    EXPECT_EQ(runs.attempts.failure_reason(), FailureReason::connection);
}

TEST(Attempts, AfterTheHandshakeThereIsNoEchRetry) {
    Runs runs;
    runs.start(endpoint("192.0.2.1", Protocol::http2, {1}));
    runs.attempts.handle_connected(kFirst, http2, kStart);

    runs.attempts.handle_ech_retry(kFirst, {2}, kStart);

    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(runs.attempts.reports().at(0).end, AttemptEnd::failed);
}

TEST(Attempts, ResultsOfASessionEndIt) {
    struct Row {
        SessionResult result;
        AttemptEnd end;
        FailureReason reason;
    };
    for (const Row& row :
         {Row{SessionResult::rejected, AttemptEnd::rejected, FailureReason::rejected},
          {SessionResult::not_supported, AttemptEnd::not_supported, FailureReason::not_supported},
          {SessionResult::failed, AttemptEnd::failed, FailureReason::connection}}) {
        Runs runs;
        runs.start(endpoint("192.0.2.1"));
        runs.attempts.handle_connected(kFirst, http1, kStart);
        runs.lines();

        runs.attempts.handle_session(kFirst, row.result, {}, kStart);

        EXPECT_EQ(runs.lines(), (Lines{"cancel 1"}));
        EXPECT_EQ(runs.attempts.reports().at(0).end, row.end);
        EXPECT_EQ(runs.attempts.reports().at(0).phase, AttemptPhase::session);
        EXPECT_EQ(runs.attempts.failure_reason(), row.reason);
        EXPECT_EQ(runs.attempts.was_rejected(), row.result == SessionResult::rejected);
    }
}

TEST(Attempts, WithoutAnyThereWasNoAddress) {
    EXPECT_EQ(Runs().attempts.failure_reason(), FailureReason::no_address);
}

TEST(Attempts, CancellingLeavesNothingRunning) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2"));
    runs.attempts.handle_failure(kFirst, {}, kStart);
    runs.lines();

    runs.attempts.cancel();

    EXPECT_EQ(runs.lines(), (Lines{"cancel 2"}));
    EXPECT_FALSE(runs.attempts.running());
    EXPECT_EQ(runs.attempts.reports().at(1).end, AttemptEnd::cancelled);
}

// When the next one starts while so many run.
std::optional<Instant> next_start(unsigned multiplier, unsigned running) {
    Runs runs(SessionKind::none, {.attempt_delay_multiplier = multiplier});
    for (; running > 0; --running) {
        runs.start(endpoint("192.0.2." + std::to_string(running)));
    }
    return runs.attempts.next_start();
}

TEST(Attempts, TheDelayGrowsWithThoseThatRun) {
    EXPECT_EQ(next_start(2, 1), kStart + 250ms);
    EXPECT_EQ(next_start(2, 2), kStart + 500ms);
    EXPECT_EQ(next_start(2, 3), kStart + 1s);
}

TEST(Attempts, TheDelayStaysAsItIsUnlessItIsToldToGrow) {
    EXPECT_EQ(next_start(1, 3), kStart + 250ms);
}

TEST(Attempts, HugeMultipliersDoNotOverflow) {
    EXPECT_EQ(next_start(4'000'000'000, 1), kStart + 250ms);
    EXPECT_EQ(next_start(4'000'000'000, 2), kStart + 2s);
}

TEST(Attempts, FullMeansFull) {
    NetworkConfig config;
    config.max_attempts = 1;
    Runs runs(SessionKind::none, config);
    EXPECT_FALSE(runs.attempts.full());

    runs.start(endpoint("192.0.2.1"));

    EXPECT_TRUE(runs.attempts.full());
    EXPECT_DEATH(runs.start(endpoint("192.0.2.2")), "contract broken");
}

TEST(Attempts, ProgressHoldsTheNextOneBack) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_progress(kFirst, kStart + 100ms);
    runs.attempts.handle_progress(kSecond, kStart + 200ms);  // there is none

    EXPECT_EQ(runs.attempts.next_start(), kStart + 350ms);
}

TEST(Attempts, NothingIsToldOfOneThatIsOver) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_failure(kFirst, {.message = "first"}, kStart);
    runs.lines();

    runs.attempts.handle_connected(kFirst, http2, kStart);
    runs.attempts.handle_settings(kFirst, kGood, kStart);
    runs.attempts.handle_session(kFirst, SessionResult::established, {}, kStart);
    runs.attempts.handle_ech_retry(kFirst, {2}, kStart);
    runs.attempts.handle_failure(kFirst, {.message = "second"}, kStart);

    EXPECT_EQ(runs.lines(), Lines());
    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(runs.attempts.winner(), std::nullopt);
    EXPECT_EQ(runs.attempts.reports().at(0).error.message, "first");
}

TEST(Attempts, FactsOfAnotherStateAreIgnored) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_session(kFirst, SessionResult::established, {}, kStart);
    EXPECT_EQ(runs.attempts.winner(), std::nullopt);
    runs.attempts.handle_connected(kFirst, http2, kStart);

    runs.attempts.handle_connected(kFirst, http1, kStart);

    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 5s);  // of SETTINGS, still
}

TEST(Attempts, AVersionThatWasNotOfferedIsOfNoUse) {
    Runs runs;
    runs.start(endpoint("192.0.2.1", Protocol::http1));
    runs.lines();

    runs.attempts.handle_connected(kFirst, http2, kStart);

    EXPECT_EQ(runs.lines(), (Lines{"cancel 1"}));
    EXPECT_EQ(runs.attempts.reports().at(0).end, AttemptEnd::not_supported);
}

TEST(Attempts, SettingsMayComeBeforeTheirTurn) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.handle_settings(kFirst, kGood, kStart);

    runs.attempts.handle_connected(kFirst, http2, kStart + 1s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 8s);  // of the session, at once
    runs.attempts.handle_session(kFirst, SessionResult::established, {}, kStart + 2s);

    ASSERT_TRUE(runs.attempts.winner());
    EXPECT_EQ(runs.attempts.winner()->version, http2);
}

TEST(Attempts, OneWebSocketToAnAddressAtATime) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.1", Protocol::http1));
    runs.attempts.handle_connected(kFirst, http1, kStart);
    runs.attempts.handle_connected(kSecond, http1, kStart + 1s);
    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 7s);

    runs.attempts.handle_failure(kFirst, {}, kStart + 2s);

    EXPECT_EQ(runs.attempts.next_timeout(), kStart + 9s);
}

TEST(Attempts, WebTransportSessionsDoNotWaitForEachOther) {
    Runs runs(SessionKind::webtransport);
    runs.start(endpoint("192.0.2.1", Protocol::http3));
    runs.start(endpoint("192.0.2.1", Protocol::http2));
    runs.lines();
    runs.attempts.handle_connected(kFirst, http3, kStart);
    runs.attempts.handle_connected(kSecond, http2, kStart);

    for (const AttemptId id : {kFirst, kSecond}) runs.attempts.handle_settings(id, kGood, kStart);

    EXPECT_EQ(runs.lines().size(), 2U);
}

TEST(Attempts, WithoutAnOfferOrTwiceThereIsNoEchRetry) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.attempts.start(endpoint("192.0.2.2", Protocol::http2, {1}), AttemptKind::ech_retry,
                        kStart);

    runs.attempts.handle_ech_retry(kFirst, {2}, kStart);
    runs.attempts.handle_ech_retry(kSecond, {2}, kStart);

    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
    EXPECT_EQ(runs.attempts.reports().size(), 2U);
}

// RFC 6455 section 4.1: one at a time is a rule for each host.
TEST(Attempts, AtDifferentHostsSessionsAreMadeAtTheSameTime) {
    Runs runs;
    for (const auto* address : {"192.0.2.1", "192.0.2.2"}) runs.start(endpoint(address));
    runs.lines();

    for (const AttemptId id : {kFirst, kSecond}) runs.attempts.handle_connected(id, http1, kStart);

    EXPECT_EQ(runs.lines(),
              (Lines{"establish 1 websocket over h1", "establish 2 websocket over h1"}));
}

TEST(Attempts, WhatDidNotOfferHttp1HasNoFallback) {
    Runs runs;
    runs.start(endpoint("192.0.2.1", Protocol::http2));
    runs.attempts.handle_connected(kFirst, http2, kStart);
    runs.attempts.handle_settings(kFirst, {}, kStart);

    EXPECT_TRUE(runs.attempts.http2_unsuitable());
    EXPECT_EQ(runs.attempts.take_urgent(), std::nullopt);
}

TEST(Attempts, OnlyThoseWhoseTimeIsUpTimeOut) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2"), 1s);
    runs.start(endpoint("192.0.2.2", Protocol::http1), 2s);
    runs.attempts.handle_connected(kSecond, http1, kStart + 2s);
    runs.attempts.handle_connected(AttemptId(3), http1, kStart + 2s);  // waits for its turn
    runs.lines();

    runs.attempts.handle_timeout(kStart + 7s);

    EXPECT_EQ(runs.lines(), (Lines{"cancel 1"}));
    EXPECT_EQ(runs.attempts.reports().size(), 1U);
}

TEST(Attempts, ThoseThatAreOverHoldNobodyBack) {
    Runs runs(SessionKind::none);
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2"), 100ms);

    runs.attempts.handle_failure(kSecond, {}, kStart + 100ms);

    EXPECT_EQ(runs.attempts.next_start(), kStart + 250ms);
}

TEST(Attempts, ARejectionCountsWhileOthersRun) {
    Runs runs;
    runs.start(endpoint("192.0.2.1"));
    runs.start(endpoint("192.0.2.2"));
    EXPECT_FALSE(runs.attempts.was_rejected());
    runs.attempts.handle_connected(kSecond, http1, kStart);

    runs.attempts.handle_session(kSecond, SessionResult::rejected, {}, kStart);

    EXPECT_TRUE(runs.attempts.was_rejected());
}

}  // namespace
