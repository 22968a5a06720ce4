// SPDX-License-Identifier: MIT
// HTTPS records, hints, ECH and alternative services.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

const std::vector<std::string> kAll{"h3", "h2", "http/1.1"};

dns::ServiceRecord with_ech(dns::ServiceRecord record, std::uint8_t config = 1) {
    record.ech = {config};
    return record;
}

TEST(RaceHttps, ARecordOffersHttp3First) {
    Scenario race = asked();

    race.https({record(1, "example.com", kAll)}).answer("AAAA", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h3");
    race.at(250ms).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, ProtocolsAndFamiliesTakeTurns) {
    Scenario race = asked();
    race.https({record(1, "example.com", kAll)})
        .answer("A", {"192.0.2.1", "192.0.2.2"})
        .answer("AAAA", {"2001:db8::1", "2001:db8::2"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1", "[2001:db8::2]:443 h3", "192.0.2.2:443 h3",
                     "[2001:db8::2]:443 h2+h1", "192.0.2.2:443 h2+h1"}));
}

TEST(RaceHttps, Http3CanBeSwitchedOff) {
    NetworkConfig config;
    config.http_versions.http3 = false;
    Scenario race = asked(config);

    race.https({record(1, "example.com", kAll)}).answer("AAAA", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, HintsAreEnoughToBegin) {
    Scenario race = asked();

    race.https({with_hints(record(1, "example.com", {"h2"}), {"2001:db8::1"}, {})});
    race.says("attempt 1 [2001:db8::1]:443 h2");
}

TEST(RaceHttps, HintsOfTheOtherFamilyWaitForTheDelay) {
    Scenario race = asked();

    race.https({with_hints(record(1, "example.com", {"h2"}), {}, {"192.0.2.1"})}).says();
    race.at(50ms).says("attempt 1 192.0.2.1:443 h2");
}

TEST(RaceHttps, HintsComeAfterRealAddressesAndAreNotTriedTwice) {
    Scenario race = asked();
    race.https({with_hints(record(1, "example.com", {"h2"}), {}, {"192.0.2.9", "192.0.2.1"})})
        .answer("A", {"192.0.2.1"})
        .answer("AAAA", {});

    EXPECT_EQ(fail_all(race),
              (Lines{"192.0.2.1:443 h2", "192.0.2.9:443 h2", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceHttps, HintsOutliveNegativeAnswers) {
    Scenario race = asked();
    race.answer("AAAA", {}).answer("A", {}).says();

    race.https({with_hints(record(1, "example.com", {"h2"}), {"2001:db8::1"}, {})});
    race.says("attempt 1 [2001:db8::1]:443 h2");
}

TEST(RaceHttps, SingleStackModesIgnoreTheHintsOfTheOtherFamily) {
    NetworkConfig config;
    config.ip = IpMode::v6_only;
    Scenario race = asked(config);

    race.https({with_hints(record(1, "example.com", {"h2"}), {}, {"192.0.2.1"})});
    race.answer("AAAA", {}).says("failed: no address");
}

TEST(RaceHttps, TheTargetOfARecordIsAskedFor) {
    Scenario race = asked();

    race.https({record(1, "CDN.example.", {"h2"})});
    race.says("query 4 AAAA cdn.example", "query 5 A cdn.example");
    race.answer("AAAA example.com", {"2001:db8::1"}).says();
    race.answer("AAAA cdn.example", {"2001:db8::2"}).says("attempt 1 [2001:db8::2]:443 h2");
    race.fails(1).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, ATargetWithoutThePreferredFamilyIsStillWaitedFor) {
    Scenario race = asked();
    race.https({record(1, "cdn.example", {"h2"})}).skip();

    race.answer("AAAA example.com", {"2001:db8::1"}).answer("AAAA cdn.example", {}).says();
    race.answer("A cdn.example", {"192.0.2.2"}).says("attempt 1 192.0.2.2:443 h2");
}

TEST(RaceHttps, ATargetWithoutAnyAddressIsNotWaitedFor) {
    Scenario race = asked();
    race.https({record(1, "cdn.example", {"h2"})}).skip();

    race.answer("AAAA example.com", {"2001:db8::1"}).answer("AAAA cdn.example", {});
    race.answer("A cdn.example", {}).says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, TheResolutionDelayEndsTheWaitForATarget) {
    Scenario race = asked();
    race.https({record(1, "cdn.example", {"h2"})}).skip();

    race.answer("AAAA example.com", {"2001:db8::1"}).at(50ms);
    race.says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, RecordsAreTriedByPriority) {
    Scenario race = asked();
    race.https({record(2, "b.example", {"h2"}), record(1, "a.example", {"h3", "h2"})})
        .answer("AAAA a.example", {"2001:db8::a"})
        .answer("AAAA b.example", {"2001:db8::b"})
        .answer("AAAA example.com", {"2001:db8::1"});
    for (const auto* query : {"A a.example", "A b.example", "A example.com"}) {
        race.answer(query, {});
    }

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::a]:443 h3", "[2001:db8::a]:443 h2",
                                     "[2001:db8::b]:443 h2", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, TheAlpnOfRecordsIsNotMixed) {
    Scenario race = asked();
    race.https({record(1, "example.com", {"h3"}), record(2, "example.com", {"http/1.1"})})
        .answer("A", {})
        .answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "[2001:db8::1]:443 h1", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, ARecordWithoutAKnownProtocolIsLeftOut) {
    Scenario race = asked();

    race.https({record(1, "cdn.example", {"dot"})}).says();
    race.answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, ThePortOfARecordCounts) {
    Scenario race = asked();
    auto service = record(1, "example.com", {"h2"});
    service.port = 8443;

    race.https({service}).answer("AAAA", {"2001:db8::1"}).answer("A", {});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:8443 h2", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, TheNumberOfTargetsIsBounded) {
    NetworkConfig config;
    config.max_targets = 2;
    Scenario race = asked(config);

    race.https({record(1, "a.example", {"h2"}), record(2, "b.example", {"h2"})});
    race.says("query 4 AAAA a.example", "query 5 A a.example");
}

TEST(RaceHttps, AnAliasIsFollowed) {
    Scenario race = asked();

    race.alias("HTTPS", "pool.example");
    race.says("query 4 HTTPS pool.example", "query 5 AAAA pool.example", "query 6 A pool.example");
    race.answer("AAAA pool.example", {"2001:db8::2"}).answer("AAAA example.com", {"2001:db8::1"});
    race.says();
    race.https({}).says("attempt 1 [2001:db8::2]:443 h2+h1");
    race.fails(1).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceHttps, TheHopsOfAliasesAreBounded) {
    NetworkConfig config;
    config.max_alias_hops = 1;
    Scenario race = asked(config);
    race.alias("HTTPS", "a.example").skip();

    race.alias("HTTPS", "b.example").says();
}

TEST(RaceHttps, ALoopOfAliasesEnds) {
    Scenario race = asked();
    race.alias("HTTPS", "a.example").skip();

    race.alias("HTTPS", "example.com").says();
}

TEST(RaceHttps, TheEchConfigIsPassedThrough) {
    Scenario race = asked();

    race.https({with_ech(record(1, "example.com", {"h2"}))}).answer("AAAA", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h2 ech");
    EXPECT_EQ(race.witness().attempts.front().endpoint.ech, (std::vector<std::uint8_t>{1}));
}

TEST(RaceHttps, EchLeavesNoWayAroundIt) {
    NetworkConfig config;
    config.alt_services = {{http2, "", 8443}};
    Scenario race = asked(config);

    race.https({with_ech(record(2, "example.com", {"h2"})), record(1, "plain.example", {"h3"})});
    race.answer("A", {}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h2 ech"}));
    EXPECT_EQ(race.witness().queries.size(), 3U) << "plain.example is not asked for";
}

TEST(RaceHttps, EchCanBeSwitchedOff) {
    NetworkConfig config;
    config.ech = false;
    Scenario race = asked(config);

    race.https({with_ech(record(1, "example.com", {"h2"}))})
        .answer("A", {})
        .answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h2", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, AnEchRetryGoesToTheSameEndpointAtOnce) {
    Scenario race = asked();
    race.https({with_ech(record(1, "example.com", {"h2"}))})
        .answer("AAAA", {"2001:db8::1", "2001:db8::2"})
        .skip();

    race.at(10ms).ech_retry(1, {2}).says("attempt 2 [2001:db8::1]:443 h2 ech (ech retry)");
    EXPECT_EQ(race.witness().attempts.back().endpoint.ech, (std::vector<std::uint8_t>{2}));
}

TEST(RaceHttps, APeerThatGaveUpEchIsTriedWithout) {
    Scenario race = asked();
    race.https({with_ech(record(1, "example.com", {"h2"}))}).answer("AAAA", {"2001:db8::1"}).skip();

    race.ech_retry(1, {}).says("attempt 2 [2001:db8::1]:443 h2 (ech retry)");
}

TEST(RaceHttps, EchIsRetriedOnce) {
    Scenario race = asked();
    race.https({with_ech(record(1, "example.com", {"h2"}))})
        .answer("A", {})
        .answer("AAAA", {"2001:db8::1"})
        .ech_retry(1, {2})
        .skip();

    race.ech_retry(2, {3}).says("failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 [2001:db8::1]:443 h2 ech: transport ech retry",
                                     "attempt 2 [2001:db8::1]:443 h2 ech: transport failed"}));
}

TEST(RaceHttps, AnEchRetryWithTheSameConfigIsNone) {
    Scenario race = asked();
    race.https({with_ech(record(1, "example.com", {"h2"}))})
        .answer("A", {})
        .answer("AAAA", {"2001:db8::1"})
        .skip();

    race.ech_retry(1, {1}).says("failed: connection");
}

TEST(RaceHttps, AnEchRetryThatNobodyAskedForIsAFailure) {
    Scenario race = asked();
    race.https({}).answer("AAAA", {"2001:db8::1"}).answer("A", {}).skip();

    race.ech_retry(1, {2}).says("failed: connection");
}

TEST(RaceHttps, AnAlternativeServiceOffersHttp3) {
    NetworkConfig config;
    config.alt_services = {{http3, "", std::nullopt}};
    Scenario race = asked(config);

    race.https({}).answer("A", {}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h3", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, AnAlternativeServiceElsewhereIsAskedFor) {
    NetworkConfig config;
    config.alt_services = {{http3, "alt.example", 8443}, {http2, "192.0.2.7", std::nullopt}};
    Scenario race(config);

    race.says("query 1 HTTPS example.com", "query 2 AAAA example.com", "query 3 A example.com",
              "query 4 AAAA alt.example", "query 5 A alt.example");
    race.https({}).answer("AAAA alt.example", {"2001:db8::a"}).answer("A alt.example", {});
    race.answer("AAAA example.com", {}).answer("A example.com", {});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::a]:8443 h3", "192.0.2.7:443 h2"}));
}

TEST(RaceHttps, AnAlternativeServiceNeedsAnEnabledVersion) {
    NetworkConfig config;
    config.http_versions.http3 = false;
    config.alt_services = {{http3, "", 8443}};
    Scenario race = asked(config);

    race.https({}).answer("A", {}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceHttps, Http3AloneNeedsNoRecord) {
    NetworkConfig config;
    config.http_versions = HttpVersions::only(http3);
    Scenario race = asked(config);

    race.https({}).answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h3");
}

TEST(RaceHttps, AddressesWithoutARouteComeLast) {
    Scenario race = asked();
    Route none{.address = IpAddress::parse("2001:db8::1").value(), .reachable = false};
    race.route(none);

    race.https({}).answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"192.0.2.1:443 h2+h1", "[2001:db8::1]:443 h2+h1"}));
}

}  // namespace
