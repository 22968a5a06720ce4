// SPDX-License-Identifier: MIT
// Name resolution: what is asked, when it is enough to begin.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

constexpr const char* kFirstV6 = "attempt 1 [2001:db8::1]:443 h2+h1";
constexpr const char* kFirstV4 = "attempt 1 192.0.2.1:443 h2+h1";

TEST(RaceDns, AsksForHttpsThenAaaaThenA) {
    Scenario race;

    race.says("query 1 HTTPS example.com", "query 2 AAAA example.com", "query 3 A example.com");
    EXPECT_EQ(race.timer(), 5s);
}

TEST(RaceDns, AnotherPortStandsInFrontOfTheNameOfTheHttpsQuery) {
    Scenario race(RaceSetup{{}, {.host = "Example.com.", .port = 8443}});

    race.says("query 1 HTTPS _8443._https.example.com", "query 2 AAAA example.com",
              "query 3 A example.com");
}

TEST(RaceDns, WithoutTlsThereIsNoHttpsQueryAndOnlyHttp1) {
    Scenario race(RaceSetup{{}, {.host = "example.com", .port = 80, .secure = false}});

    race.says("query 1 AAAA example.com", "query 2 A example.com");
    race.answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:80 h1");
}

TEST(RaceDns, HttpsQueriesCanBeSwitchedOff) {
    NetworkConfig config;
    config.query_https = false;
    Scenario race(config);

    race.says("query 1 AAAA example.com", "query 2 A example.com");
}

TEST(RaceDns, SingleStackModesLeaveOutTheOtherFamily) {
    NetworkConfig config;
    config.ip = IpMode::v4_only;
    Scenario v4(config);
    config.ip = IpMode::v6_only;
    Scenario v6(config);

    v4.says("query 1 HTTPS example.com", "query 2 A example.com");
    v4.https({}).answer("A", {"192.0.2.1"}).says(kFirstV4);
    v6.says("query 1 HTTPS example.com", "query 2 AAAA example.com");
}

TEST(RaceDns, AnIpLiteralNeedsNoName) {
    Scenario v6(RaceSetup{{}, {.host = "[2001:db8::1]", .port = 8443}});
    Scenario v4(RaceSetup{{}, {.host = "192.0.2.1"}});

    v6.says("attempt 1 [2001:db8::1]:8443 h2+h1");
    v4.says(kFirstV4);
    v4.fails(1).says("failed: connection");
}

TEST(RaceDns, BeginsWithoutTheOtherFamily) {
    Scenario race = asked();

    race.https({}).says();
    race.answer("AAAA", {"2001:db8::1"}).says(kFirstV6);
}

TEST(RaceDns, BeginsWhenThePreferredFamilyIsKnownToBeMissing) {
    Scenario race = asked();

    race.answer("A", {"192.0.2.1"}).https({}).says();
    race.answer("AAAA", {}).says(kFirstV4);
}

TEST(RaceDns, AFailedQueryCountsAsAnswered) {
    Scenario race = asked();

    race.query_fails("HTTPS").answer("A", {"192.0.2.1"}).says();
    race.query_fails("AAAA").says(kFirstV4);
}

TEST(RaceDns, ThePreferredFamilyMayBeIpv4) {
    NetworkConfig config;
    config.ip = IpMode::prefer_v4;
    Scenario race = asked(config);

    race.https({}).answer("AAAA", {"2001:db8::1"}).says();
    race.answer("A", {"192.0.2.1"}).says(kFirstV4);
    race.at(250ms).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceDns, WaitsForTheHttpsAnswer) {
    Scenario race = asked();

    race.answer("AAAA", {"2001:db8::1"}).answer("A", {}).says();
    race.https({}).says(kFirstV6);
}

TEST(RaceDns, TheResolutionDelayRunsFromTheFirstAnswerOfAnyType) {
    Scenario race = asked();

    race.at(10ms).https({}).says();
    race.at(20ms).answer("A", {"192.0.2.1"}).says();
    EXPECT_EQ(race.timer(), 60ms);
    race.at(59ms).says();
    race.at(60ms).says(kFirstV4);
}

TEST(RaceDns, AnAddressAfterTheResolutionDelayIsUsedAtOnce) {
    Scenario race = asked();
    race.https({}).at(100ms).says();

    race.answer("A", {"192.0.2.1"}).says(kFirstV4);
}

TEST(RaceDns, TheResolutionDelayCanBeChosen) {
    NetworkConfig config;
    config.resolution_delay = 100ms;
    Scenario race = asked(config);

    race.answer("A", {"192.0.2.1"}).at(99ms).says();
    race.at(100ms).says(kFirstV4);
}

TEST(RaceDns, NeedNotWaitForThePreferredFamily) {
    NetworkConfig config;
    config.wait_for_preferred_family = false;
    Scenario race = asked(config);

    race.answer("A", {"192.0.2.1"}).says();
    race.https({}).says(kFirstV4);
}

TEST(RaceDns, AnAnswerThatComesLaterIsTriedToo) {
    Scenario race = asked();
    race.https({}).answer("AAAA", {"2001:db8::1"}).skip();

    race.at(100ms).fails(1).says();
    race.answer("A", {"192.0.2.1"}).says("attempt 2 192.0.2.1:443 h2+h1");
}

TEST(RaceDns, FailsWhenThereIsNoAddress) {
    Scenario race = asked();

    race.https({}).answer("AAAA", {}).says();
    race.answer("A", {}).says("failed: no address");
    EXPECT_TRUE(race.witness().failure->queries.empty());
}

TEST(RaceDns, TheFailureListsTheQueriesThatFailed) {
    Scenario race = asked();

    race.query_fails("HTTPS").query_fails("AAAA").query_fails("A").says("failed: no address");
    ASSERT_EQ(race.witness().failure->queries.size(), 3U);
    EXPECT_EQ(race.witness().failure->queries.front().error.message, "SERVFAIL");
}

TEST(RaceDns, QueriesHaveADeadline) {
    NetworkConfig config;
    config.query_timeout = 1s;
    Scenario race = asked(config);

    race.at(999ms).says();
    race.at(1s).says("cancel query 1", "cancel query 2", "cancel query 3", "failed: no address");
}

TEST(RaceDns, AnAnswerThatIsLateOrComesTwiceIsIgnored) {
    Scenario race = asked();
    race.https({}).answer("AAAA", {"2001:db8::1"}).skip();

    race.answer_number(2, addresses({"2001:db8::2"})).answer_number(9, addresses({})).says();
    race.fails(1).answer("A", {}).says("failed: connection");
}

TEST(RaceDns, AddressesOfTheWrongFamilyAreIgnored) {
    Scenario race = asked();

    race.https({}).answer("AAAA", {"192.0.2.9"}).answer("A", {"2001:db8::9"});
    race.says("failed: no address");
}

TEST(RaceDns, AnAnswerOfTheWrongKindIsNegative) {
    Scenario race = asked();

    race.answer("HTTPS", {"192.0.2.9"}).alias("AAAA", "other.example").says();
    race.answer_number(3, std::vector{record(1, "example.com", {"h2"})}).says("failed: no address");
}

TEST(RaceDns, TheAddressesOfAnAnswerAreBounded) {
    NetworkConfig config;
    config.max_addresses = 1;
    Scenario race = asked(config);
    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1", "192.0.2.2"}).says(kFirstV4);

    race.fails(1).says("failed: connection");
}

TEST(RaceDns, ByNameNeedsNoQuery) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    Scenario race(RaceSetup{config, {.host = "example.com."}});

    race.says("attempt 1 example.com:443 h2+h1");
    race.fails(1).says("failed: connection");
}

TEST(RaceDns, ByNameUsesAlternativeServices) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    config.alt_services = {{http3, "alt.example", 8443}};
    Scenario race(config);

    race.says("attempt 1 alt.example:8443 h3");
    race.fails(1).says("attempt 2 example.com:443 h2+h1");
}

TEST(RaceDns, ByNameWithHttpsWaitsForThatAnswerAlone) {
    NetworkConfig config;
    config.resolution = Resolution::by_name_with_https;
    Scenario race(config);
    race.says("query 1 HTTPS example.com");
    auto service = record(1, "cdn.example", {"h3"});
    service.port = 8443;
    service.ipv4_hints = addresses({"192.0.2.1"});

    race.at(1s).https({service}).says("attempt 1 cdn.example:8443 h3");
    race.fails(1).says("attempt 2 example.com:443 h2+h1");
}

TEST(RaceDns, ByNameWithHttpsFallsBackToTheName) {
    NetworkConfig config;
    config.resolution = Resolution::by_name_with_https;
    Scenario race = asked(config);

    race.query_fails("HTTPS").says("attempt 1 example.com:443 h2+h1");
}

TEST(RaceDns, AStaleAnswerIsUsedAtOnceAndRefreshed) {
    NetworkConfig config;
    config.allow_stale = true;
    Scenario race(config);
    race.says("query 1 HTTPS example.com (stale)", "query 2 AAAA example.com (stale)",
              "query 3 A example.com (stale)");

    race.https({}).answer_stale("AAAA", {"2001:db8::1"});
    race.says(kFirstV6, "query 4 AAAA example.com");
}

TEST(RaceDns, ARefreshedAnswerReplacesTheStaleOne) {
    NetworkConfig config;
    config.allow_stale = true;
    Scenario race = asked(config);
    race.https({}).answer_stale("AAAA", {"2001:db8::1", "2001:db8::2"}).answer("A", {}).skip();

    race.answer("AAAA", {"2001:db8::3"}).says();
    race.fails(1).says("attempt 2 [2001:db8::3]:443 h2+h1");
    race.fails(2).says("failed: connection");
}

TEST(RaceDns, AFailedRefreshLeavesTheStaleAnswer) {
    NetworkConfig config;
    config.allow_stale = true;
    Scenario race = asked(config);
    race.https({}).answer_stale("AAAA", {"2001:db8::1", "2001:db8::2"}).answer("A", {}).skip();

    race.query_fails("AAAA").fails(1).says("attempt 2 [2001:db8::2]:443 h2+h1");
}

TEST(RaceDns, AnAnswerIsRefreshedOnce) {
    NetworkConfig config;
    config.allow_stale = true;
    Scenario race = asked(config);
    race.https({}).answer_stale("AAAA", {}).says("query 4 AAAA example.com");

    race.answer_stale("AAAA", {}).says();
}

TEST(RaceDns, TheFailureWaitsForARefresh) {
    NetworkConfig config;
    config.allow_stale = true;
    Scenario race = asked(config);
    race.https({}).answer("A", {}).answer_stale("AAAA", {"2001:db8::1"}).skip();

    race.fails(1).says();
    race.answer("AAAA", {"2001:db8::2"}).says("attempt 2 [2001:db8::2]:443 h2+h1");
}

TEST(RaceDns, Nat64GivesIpv4AddressesAWayOverIpv6) {
    NetworkConfig config;
    config.ip = IpMode::v6_only;
    config.nat64_prefix = IpAddress::parse("64:ff9b::");
    Scenario race(config);
    race.says("query 1 HTTPS example.com", "query 2 AAAA example.com", "query 3 A example.com");

    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1"});
    race.says("attempt 1 [64:ff9b::c000:201]:443 h2+h1");
}

TEST(RaceDns, AProtectedHttpsAnswerIsWaitedForBeyondTheDelay) {
    NetworkConfig config;
    config.dns_protected = true;
    Scenario race = asked(config);

    race.answer("AAAA", {"2001:db8::1"}).at(1s).says();
    race.https({}).says(kFirstV6);
}

TEST(RaceDns, AProtectedHttpsQueryThatFailsEndsTheRace) {
    NetworkConfig config;
    config.dns_protected = true;
    Scenario race = asked(config);

    race.answer("AAAA", {"2001:db8::1"}).query_fails("HTTPS");
    race.says("cancel query 3", "failed: no address");
}

}  // namespace
