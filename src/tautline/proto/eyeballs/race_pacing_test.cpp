// SPDX-License-Identifier: MIT
// Transport phase: pace, failure, cancellation.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

NetworkConfig tcp_only() {
    NetworkConfig config;
    config.http_versions.http3 = false;
    return config;
}

// All three answers are there at once, with these addresses; the first attempt has been made.
Scenario started(std::initializer_list<std::string_view> v6,
                 std::initializer_list<std::string_view> v4, NetworkConfig config = tcp_only()) {
    Scenario race(std::move(config));
    race.https({}).answer("A", v4).answer("AAAA", v6).skip();
    return race;
}

TEST(RacePacing, AnIpv6BlackholeCostsOneDelay) {
    Scenario race;

    race.says("query 1 HTTPS example.com", "query 2 AAAA example.com", "query 3 A example.com");
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"}).says();
    race.https({}).says("attempt 1 [2001:db8::1]:443 h2+h1");
    race.at(249ms).says();
    race.at(250ms).says("attempt 2 192.0.2.1:443 h2+h1");
    race.connected(2, http2).says("cancel 1", "succeeded 2 h2");
}

TEST(RacePacing, EachAttemptHasTheConfiguredHeadStart) {
    NetworkConfig config = tcp_only();
    config.attempt_delay = 100ms;
    Scenario race = started({"2001:db8::1", "2001:db8::2"}, {"192.0.2.1"}, config);

    race.at(40ms).says();
    EXPECT_EQ(race.timer(), 100ms);
    race.at(99ms).says();
    race.at(100ms).says("attempt 2 192.0.2.1:443 h2+h1");
    race.at(199ms).says();
    race.at(200ms).says("attempt 3 [2001:db8::2]:443 h2+h1");
}

TEST(RacePacing, TheMultiplierStretchesTheDelaysUpToTwoSeconds) {
    NetworkConfig config = tcp_only();
    config.attempt_delay_multiplier = 2;
    Scenario race = started(
        {}, {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"}, config);

    race.at(249ms).says();
    race.at(250ms).says("attempt 2 192.0.2.2:443 h2+h1");
    race.at(749ms).says();
    race.at(750ms).says("attempt 3 192.0.2.3:443 h2+h1");
    race.at(1749ms).says();
    race.at(1750ms).says("attempt 4 192.0.2.4:443 h2+h1");
    race.at(3749ms).says();
    race.at(3750ms).says("attempt 5 192.0.2.5:443 h2+h1");
    race.at(5749ms).says();
    race.at(5750ms).says("attempt 6 192.0.2.6:443 h2+h1");
}

TEST(RacePacing, FailedAttemptsDoNotStretchTheDelay) {
    NetworkConfig config = tcp_only();
    config.attempt_delay_multiplier = 2;
    Scenario race = started({}, {"192.0.2.1", "192.0.2.2", "192.0.2.3"}, config);

    race.at(10ms).fails(1).says("attempt 2 192.0.2.2:443 h2+h1");
    race.at(259ms).says();
    race.at(260ms).says("attempt 3 192.0.2.3:443 h2+h1");
}

TEST(RacePacing, AFailureStartsTheNextAtOnce) {
    Scenario race = started({"2001:db8::1"}, {"192.0.2.1"});

    race.at(10ms).fails(1).says("attempt 2 192.0.2.1:443 h2+h1");
    race.connected(2, http1).says("succeeded 2 h1");
}

TEST(RacePacing, AFailureDoesNotTakeTheHeadStartOfAYoungerAttempt) {
    Scenario race = started({"2001:db8::1", "2001:db8::2"}, {"192.0.2.1"});
    race.at(250ms).skip();

    race.at(300ms).fails(1).says();
    race.at(499ms).says();
    race.at(500ms).says("attempt 3 [2001:db8::2]:443 h2+h1");
}

TEST(RacePacing, ProgressExtendsTheTimer) {
    Scenario race = started({"2001:db8::1"}, {"192.0.2.1"});

    race.at(200ms).progress(1).says();
    race.at(449ms).says();
    race.at(450ms).says("attempt 2 192.0.2.1:443 h2+h1");
}

TEST(RacePacing, ProgressHoldsOthersBackForTwoSecondsAtMost) {
    Scenario race = started({"2001:db8::1"}, {"192.0.2.1"});

    for (auto time = 100ms; time < 2000ms; time += 100ms) race.at(time).progress(1).says();
    race.at(1999ms).says();
    race.at(2000ms).says("attempt 2 192.0.2.1:443 h2+h1");
}

TEST(RacePacing, AnAttemptIsNeverRepeated) {
    Scenario race = started({}, {"192.0.2.1", "192.0.2.1"});

    race.fails(1).says("failed: connection");
}

TEST(RacePacing, SuccessCancelsAllOthers) {
    Scenario race = started({"2001:db8::1", "2001:db8::2"}, {"192.0.2.1"});
    race.at(500ms).skip();

    race.connected(2, http2).says("cancel 1", "cancel 3", "succeeded 2 h2");
    EXPECT_TRUE(race.race().ended());
    EXPECT_EQ(race.race().next_timeout(), std::nullopt);
}

TEST(RacePacing, NothingIsSaidAfterSuccess) {
    Scenario race = started({"2001:db8::1"}, {"192.0.2.1"});
    race.at(250ms).connected(1, http2).skip();

    race.connected(2, http2).fails(2).fails(1).progress(2).abandon().at(1h).says();
    race.settings(1, {}).session(1, SessionResult::rejected).ech_retry(1, {1}).says();
}

TEST(RacePacing, SuccessCancelsQueriesInFlight) {
    Scenario race(tcp_only());
    race.answer("AAAA", {"2001:db8::1"}).at(50ms).skip();

    race.connected(1, http2).says("cancel query 1", "cancel query 3", "succeeded 1 h2");
    race.answer_number(3, addresses({"192.0.2.1"})).says();
}

TEST(RacePacing, TheFailureListsEveryAttempt) {
    Scenario race = started({"2001:db8::1"}, {"192.0.2.1"});

    race.fails(1, "unreachable").fails(2, "refused");

    race.says("attempt 2 192.0.2.1:443 h2+h1", "failed: connection");
    EXPECT_EQ(race.reports(),
              (Lines{"attempt 1 [2001:db8::1]:443 h2+h1: transport failed: unreachable",
                     "attempt 2 192.0.2.1:443 h2+h1: transport failed: refused"}));
}

TEST(RacePacing, ATransportThatHangsIsCancelled) {
    NetworkConfig config = tcp_only();
    config.transport_timeout = 1s;
    Scenario race = started({}, {"192.0.2.1"}, config);

    race.at(999ms).says();
    race.at(1s).says("cancel 1", "failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2+h1: transport timed out"}));
}

TEST(RacePacing, AnAbandonedRaceCancelsEverything) {
    Scenario race(tcp_only());
    race.answer("AAAA", {"2001:db8::1"}).at(50ms).skip();

    race.abandon().says("cancel 1", "cancel query 1", "cancel query 3", "failed: abandoned");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 [2001:db8::1]:443 h2+h1: transport cancelled"}));
}

TEST(RacePacing, AVersionThatWasNotOfferedIsNotTaken) {
    Scenario race = started({}, {"192.0.2.1"});

    race.connected(1, http3).says("cancel 1", "failed: not supported");
}

TEST(RacePacing, TheNumberOfAttemptsIsBounded) {
    NetworkConfig config = tcp_only();
    config.max_attempts = 2;
    Scenario race = started({}, {"192.0.2.1", "192.0.2.2", "192.0.2.3"}, config);

    race.fails(1).says("attempt 2 192.0.2.2:443 h2+h1");
    EXPECT_EQ(race.timer(), 7s) << "there is nothing to start";
    race.fails(2).says("failed: connection");
}

TEST(RacePacing, FactsAboutUnknownAttemptsAreIgnored) {
    Scenario race = started({}, {"192.0.2.1"});

    race.connected(7, http2).fails(7).progress(7).settings(7, {}).ech_retry(7, {}).says();
    race.session(7, SessionResult::established).says();
}

TEST(RacePacing, ACopyIsARaceOfItsOwn) {
    PredictableRandom random;
    Race race({.config = tcp_only(), .origin = {.host = "192.0.2.1"}}, random, Instant{});
    while (race.poll_output()) {
    }

    Race copy = race;
    copy.handle_connected(AttemptId(1), http2, Instant{});

    EXPECT_TRUE(copy.ended());
    EXPECT_FALSE(race.ended());
}

}  // namespace
