// SPDX-License-Identifier: MIT
// Stale answers of which the fresh ones say more, less, the same or nothing.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

NetworkConfig stale(IpMode ip) {
    NetworkConfig config;
    config.allow_stale = true;
    config.ip = ip;
    return config;
}

// 2001:db8::1 is tried, known from a stale answer; query 3 refreshes it.
Scenario at_stale_address() {
    Scenario race(stale(IpMode::v6_only));
    race.https({}).skip();
    race.answer_stale("AAAA", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h2+h1", "query 3 AAAA example.com");
    return race;
}

TEST(RaceRefresh, EachFamilyIsRefreshedForItself) {
    Scenario race(stale(IpMode::dual_stack));
    race.https({}).skip();

    race.answer_stale("AAAA", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h2+h1", "query 4 AAAA example.com");
    race.answer_stale("A", {"192.0.2.1"}).says("query 5 A example.com");
    race.answer("A", {"192.0.2.2"}).answer("AAAA", {"2001:db8::2"}).says();
    race.fails(1).says("attempt 2 [2001:db8::2]:443 h2+h1");
    race.fails(2).says("attempt 3 192.0.2.2:443 h2+h1");
    race.fails(3).says("failed: connection");
}

TEST(RaceRefresh, TheAddressesOfATargetAreRefreshed) {
    Scenario race(stale(IpMode::v6_only));
    race.skip().https({record(1, "cdn.example", {"h2"})}).answer("AAAA example.com", {});
    race.says("query 3 AAAA cdn.example (stale)");

    race.answer_stale("AAAA cdn.example", {"2001:db8::1", "2001:db8::2"});
    race.says("attempt 1 [2001:db8::1]:443 h2", "query 4 AAAA cdn.example");
    race.answer("AAAA cdn.example", {"2001:db8::3"}).says();
    race.fails(1).says("attempt 2 [2001:db8::3]:443 h2");
    race.fails(2).says("failed: connection");
}

TEST(RaceRefresh, TheSameAddressIsNotTriedAgain) {
    Scenario race = at_stale_address();

    race.answer("AAAA", {"2001:db8::1"}).says();
    race.at(1s).says();
    race.fails(1).says("failed: connection");
}

TEST(RaceRefresh, AWinnerDoesNotWaitForARefresh) {
    Scenario race = at_stale_address();

    race.connected(1, http2).says("cancel query 3", "succeeded 1 h2");
}

TEST(RaceRefresh, AFreshAnswerAfterSuccessIsIgnored) {
    Scenario race = at_stale_address();
    race.connected(1, http2).skip();

    race.answer_number(3, addresses({"2001:db8::2"})).at(1s).says();
}

TEST(RaceRefresh, TheFailureComesWhenTheFreshAddressHasFailedToo) {
    Scenario race = at_stale_address();
    race.fails(1, "unreachable").says();

    race.answer("AAAA", {"2001:db8::2"}).says("attempt 2 [2001:db8::2]:443 h2+h1");
    race.fails(2).says("failed: connection");
    EXPECT_EQ(race.reports(),
              (Lines{"attempt 1 [2001:db8::1]:443 h2+h1: transport failed: unreachable",
                     "attempt 2 [2001:db8::2]:443 h2+h1: transport failed: refused"}));
}

TEST(RaceRefresh, TheFailureComesWhenTheRefreshHasFailedToo) {
    Scenario race = at_stale_address();
    race.fails(1).says();

    race.query_fails("AAAA").says("failed: connection");
    EXPECT_EQ(race.witness().failure->queries.size(), 1U);
}

TEST(RaceRefresh, ANegativeAnswerLeavesTheAttemptThatRuns) {
    Scenario race = at_stale_address();

    race.answer("AAAA", {}).says();
    race.at(1s).says();
    race.fails(1).says("failed: connection");
}

TEST(RaceRefresh, WhereEchIsGoneAttemptsGoWithoutIt) {
    Scenario race(stale(IpMode::v6_only));
    auto secret = record(1, "example.com", {"h2"});
    secret.ech = {1};
    race.https_stale({secret}).answer("AAAA", {"2001:db8::1", "2001:db8::2"}).skip();

    race.https({record(1, "example.com", {"h2"})}).says();
    race.fails(1).says("attempt 2 [2001:db8::1]:443 h2");
    EXPECT_EQ(race.witness().attempts.front().endpoint.to_string(), "[2001:db8::1]:443 h2 ech");
    race.fails(2).says("attempt 3 [2001:db8::2]:443 h2");
}

}  // namespace
