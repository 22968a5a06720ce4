// SPDX-License-Identifier: MIT
// Scenarios across the phases: hints, ports, alternative services, literals and names.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

TEST(RaceScenarios, NegativeAnswersAtTheResolutionDelayKeepTheHints) {
    Scenario race = asked();
    auto service = record(1, "example.com", {"h2"});
    service.ipv6_hints = addresses({"2001:db8::1", "2001:db8::2"});
    race.https({service}).says("attempt 1 [2001:db8::1]:443 h2");

    race.at(50ms).answer("AAAA", {}).answer("A", {}).says();
    race.fails(1).says("attempt 2 [2001:db8::2]:443 h2");
    race.fails(2).says("failed: connection");
}

TEST(RaceScenarios, TheEchConfigOfARecordGoesWithItsHints) {
    Scenario race = asked();
    auto service = record(1, "example.com", {"h2"});
    service.ech = {1};
    service.ipv4_hints = addresses({"192.0.2.1"});
    service.ipv6_hints = addresses({"2001:db8::1"});

    race.https({service}).says("attempt 1 [2001:db8::1]:443 h2 ech");
    race.fails(1).says("attempt 2 192.0.2.1:443 h2 ech");
}

TEST(RaceScenarios, WhereIpv4IsPreferredAndMissingIpv6Begins) {
    NetworkConfig config;
    config.ip = IpMode::prefer_v4;
    Scenario race = asked(config);

    race.https({}).answer("AAAA", {"2001:db8::1"}).says();
    race.answer("A", {}).says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceScenarios, ThePortOfARecordComesBeforeThatOfAnAlternativeService) {
    Scenario race = asked(with_alternative({http3, "", 9443}));
    auto service = record(1, "example.com", {"h3"});
    service.port = 8443;

    race.https({service}).answer("A", {}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:8443 h3", "[2001:db8::1]:9443 h3", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceScenarios, AnAlternativeServiceAtTheOriginMayHaveItsPort) {
    Scenario race(with_alternative({http3, "", 8443}));
    race.says("query 1 HTTPS example.com", "query 2 AAAA example.com", "query 3 A example.com");

    race.https({}).answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:8443 h3");
    race.at(250ms).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceScenarios, AnAlternativeServiceOfALiteralMayHaveItsPort) {
    Scenario race(RaceSetup{with_alternative({http3, "", 8443}), {.host = "192.0.2.1"}});

    race.says("attempt 1 192.0.2.1:8443 h3");
    race.fails(1).says("attempt 2 192.0.2.1:443 h2+h1");
    race.fails(2).says("failed: connection");
}

TEST(RaceScenarios, ALiteralIsTriedWhileTheHostOfAnAlternativeServiceIsAskedFor) {
    Scenario race(RaceSetup{with_alternative({http3, "alt.example", 8443}), {.host = "192.0.2.1"}});
    race.says("attempt 1 192.0.2.1:443 h2+h1", "query 1 AAAA alt.example", "query 2 A alt.example");

    race.at(100ms).answer("AAAA", {"2001:db8::a"}).says();
    race.at(250ms).says("attempt 2 [2001:db8::a]:8443 h3");
}

TEST(RaceScenarios, AnAlternativeServiceThatIsNotFoundIsPassedOver) {
    Scenario race = asked(with_alternative({http3, "alt.example", 8443}));
    race.query_fails("AAAA alt.example").query_fails("A alt.example").says();

    race.https({}).answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h2+h1");
    race.answer("A", {}).fails(1).says("failed: connection");
    EXPECT_EQ(race.witness().failure->queries.size(), 2U);
}

TEST(RaceScenarios, NeedNotWaitForIpv4WhereThatIsPreferred) {
    NetworkConfig config;
    config.ip = IpMode::prefer_v4;
    config.wait_for_preferred_family = false;
    Scenario race = asked(config);

    race.answer("AAAA", {"2001:db8::1"}).says();
    race.https({}).says("attempt 1 [2001:db8::1]:443 h2+h1");
    race.answer("A", {"192.0.2.1"}).at(250ms).says("attempt 2 192.0.2.1:443 h2+h1");
}

TEST(RaceScenarios, ByNameAConnectionWins) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    Scenario race(config);
    race.says("attempt 1 example.com:443 h2+h1");

    race.at(1s).says();
    race.connected(1, http2).says("succeeded 1 h2");
}

TEST(RaceScenarios, ByNameOnlyEnabledVersionsAreTried) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    config.alt_services = {{http3, "", std::nullopt}};
    config.http_versions = HttpVersions::only(http1);
    Scenario old(config);
    config.http_versions = HttpVersions::only(http3);
    Scenario latest(config);

    old.says("attempt 1 example.com:443 h1");
    old.fails(1).says("failed: connection");
    latest.says("attempt 1 example.com:443 h3");
    latest.fails(1).says("failed: connection");
}

}  // namespace
