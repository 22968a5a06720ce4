// SPDX-License-Identifier: MIT
// In which order endpoints are tried: over records, ports, families and alternative services.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

TEST(RaceOrder, HintsOfBothFamiliesTakeTurns) {
    Scenario race = asked();
    race.https(
        {with_hints(record(1, "example.com", {"h3", "h2"}), {"2001:db8::1"}, {"192.0.2.1"})});
    race.says("attempt 1 [2001:db8::1]:443 h3");

    race.answer("AAAA", {}).answer("A", {}).says();
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3",
                                     "[2001:db8::1]:443 h2", "192.0.2.1:443 h2"}));
}

TEST(RaceOrder, AHintStandsInForAFamilyWithoutAddresses) {
    Scenario race = asked();
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {}).skip();
    race.https({with_hints(record(1, "example.com", {"h3", "h2"}), {"2001:db8::1"}, {})});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2",
                     "192.0.2.1:443 h2", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, AnIpv4HintStandsInForAddressesWhereIpv4IsPreferred) {
    NetworkConfig config;
    config.ip = IpMode::prefer_v4;
    Scenario race = asked(config);
    race.answer("AAAA", {"2001:db8::1"}).answer("A", {}).skip();
    race.https({with_hints(record(1, "example.com", {"h3", "h2"}), {}, {"192.0.2.1"})});

    EXPECT_EQ(fail_all(race), (Lines{"192.0.2.1:443 h3", "[2001:db8::1]:443 h3", "192.0.2.1:443 h2",
                                     "[2001:db8::1]:443 h2", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceOrder, AddressesOfTheSecondRecordJoinWhileAttemptsRun) {
    Scenario race = asked();
    race.https({record(1, "example.com", {"h3", "h2"}), record(2, "svc1.example", {"h3", "h2"})});
    race.skip().answer("AAAA example.com", {"2001:db8::1"});
    race.says("attempt 1 [2001:db8::1]:443 h3");

    race.answer("A example.com", {"192.0.2.1"}).answer("AAAA svc1.example", {"2001:db8::2"});
    race.answer("A svc1.example", {"192.0.2.2"}).says();
    race.at(250ms).says("attempt 2 192.0.2.1:443 h3");
    race.at(500ms).says("attempt 3 [2001:db8::1]:443 h2");
    race.at(750ms).says("attempt 4 192.0.2.1:443 h2");
    race.at(1000ms).says("attempt 5 [2001:db8::2]:443 h3");
    race.at(1250ms).says("attempt 6 192.0.2.2:443 h3");
    race.at(1500ms).says("attempt 7 [2001:db8::2]:443 h2");
    race.at(1750ms).says("attempt 8 192.0.2.2:443 h2");
    race.at(2000ms).says("attempt 9 [2001:db8::1]:443 h2+h1");
    race.at(2250ms).says("attempt 10 192.0.2.1:443 h2+h1");
}

TEST(RaceOrder, ThePortOfARecordIsThatOfBothFamilies) {
    Scenario race = asked();
    race.https({at_port(record(1, "example.com", {"h3", "h2"}), 8443)});
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:8443 h3", "192.0.2.1:8443 h3", "[2001:db8::1]:8443 h2",
                     "192.0.2.1:8443 h2", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, EachPortHasBothFamiliesAndBothProtocols) {
    Scenario race = asked();
    race.https({at_port(record(1, "example.com", {"h3", "h2"}), 20007),
                at_port(record(2, "example.com", {"h3", "h2"}), 20008)});
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:20007 h3", "192.0.2.1:20007 h3", "[2001:db8::1]:20007 h2",
                     "192.0.2.1:20007 h2", "[2001:db8::1]:20008 h3", "192.0.2.1:20008 h3",
                     "[2001:db8::1]:20008 h2", "192.0.2.1:20008 h2", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, HintsOfBothFamiliesAreTriedAtThePortOfTheirRecord) {
    Scenario race = asked();
    auto service = with_hints(record(1, "example.com", {"h2"}), {"2001:db8::1"}, {"192.0.2.1"});
    race.https({at_port(std::move(service), 8443)}).answer("AAAA", {}).answer("A", {});

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:8443 h2", "192.0.2.1:8443 h2"}));
}

TEST(RaceOrder, AnAlternativeServiceElsewhereIsTriedOverBothFamiliesBeforeTheOrigin) {
    Scenario race = asked(with_alternative({http3, "alt.example", 8443}));
    race.https({})
        .answer("AAAA alt.example", {"2001:db8::a"})
        .answer("A alt.example", {"192.0.2.10"});
    race.answer("AAAA example.com", {"2001:db8::1"}).answer("A example.com", {"192.0.2.1"});

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::a]:8443 h3", "192.0.2.10:8443 h3",
                                     "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, AnAlternativeServiceMayBeAnAddress) {
    Scenario race = asked(with_alternative({http3, "192.0.2.7", 8443}));
    race.https({}).answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race),
              (Lines{"192.0.2.7:8443 h3", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, AnAddressOfAFamilyThatIsNotUsedIsNotTried) {
    Scenario v4 = asked(with_alternative({http3, "2001:db8::7", 8443}, IpMode::v4_only));
    Scenario v6 = asked(with_alternative({http3, "192.0.2.7", 8443}, IpMode::v6_only));
    v4.https({}).answer("A", {"192.0.2.1"});
    v6.https({}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(v4), (Lines{"192.0.2.1:443 h2+h1"}));
    EXPECT_EQ(fail_all(v6), (Lines{"[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceOrder, AnOriginThatIsAnAddressIsTriedWhateverItsFamily) {
    NetworkConfig config;
    config.ip = IpMode::v6_only;
    Scenario race(RaceSetup{config, {.host = "192.0.2.1"}});
    race.says("attempt 1 192.0.2.1:443 h2+h1");

    config.ip = IpMode::v4_only;
    config.nat64_prefix = IpAddress::parse("64:ff9b::");
    Scenario behind(RaceSetup{config, {.host = "192.0.2.1"}});
    behind.says("attempt 1 [64:ff9b::c000:201]:443 h2+h1");
}

TEST(RaceOrder, ATargetThatLooksLikeAnAddressIsNoName) {
    Scenario race = asked();
    race.https({record(1, "192.0.2.7.", {"h2"})}).says();
    race.answer("A", {}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceOrder, AnAliasThatLooksLikeAnAddressIsNoName) {
    Scenario race = asked();
    race.alias("HTTPS", "192.0.2.7.").says();
    race.answer("A", {}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceOrder, HintsOfTheOriginComeBehindItsAddresses) {
    Scenario race = asked();
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});
    race.https({with_hints(record(1, "example.com", {"h3"}), {"2001:db8::2"}, {"192.0.2.2"})});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::2]:443 h3",
                     "192.0.2.2:443 h3", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, ByNameEachProtocolOfARecordIsTriedAtItsTarget) {
    NetworkConfig config;
    config.resolution = Resolution::by_name_with_https;
    Scenario own = asked(config);
    Scenario other = asked(config);

    own.https({record(1, "example.com", {"h3", "h2"})}).says("attempt 1 example.com:443 h3");
    own.fails(1).says("attempt 2 example.com:443 h2");
    own.fails(2).says("attempt 3 example.com:443 h2+h1");
    other.https({record(1, "SVC1.example.", {"h3"})}).says("attempt 1 svc1.example:443 h3");
}

TEST(RaceOrder, ThePortOfAnAlternativeServiceIsThatOfBothFamilies) {
    Scenario race = asked(with_alternative({http3, "", 8443}));
    race.https({}).answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:8443 h3", "192.0.2.1:8443 h3",
                                     "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceOrder, ProtocolsTakeTurnsAlsoWhereOneFamilyHasRunOut) {
    Scenario race = asked(with_alternative({http3, "", std::nullopt}));
    race.https({})
        .answer("A", {"192.0.2.1"})
        .answer("AAAA", {"2001:db8::1", "2001:db8::2", "2001:db8::3"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1", "[2001:db8::2]:443 h3", "[2001:db8::2]:443 h2+h1",
                     "[2001:db8::3]:443 h3", "[2001:db8::3]:443 h2+h1"}));
}

TEST(RaceOrder, ProtocolsAndFamiliesTakeTurnsWithIpv4First) {
    Scenario race = asked(with_alternative({http3, "", std::nullopt}, IpMode::prefer_v4));
    race.https({}).answer("AAAA", {"2001:db8::1"}).answer("A", {"192.0.2.1", "192.0.2.2"});

    EXPECT_EQ(fail_all(race),
              (Lines{"192.0.2.1:443 h3", "[2001:db8::1]:443 h3", "192.0.2.1:443 h2+h1",
                     "[2001:db8::1]:443 h2+h1", "192.0.2.2:443 h3", "192.0.2.2:443 h2+h1"}));
}

TEST(RaceOrder, ARecordWithoutAlpnBorrowsNoneFromItsSibling) {
    Scenario race = asked();
    race.https({record(1, "svc1.example", {"h3"}), record(2, "svc2.example", {})});
    race.says("query 4 AAAA svc1.example", "query 5 A svc1.example");

    race.answer("AAAA svc1.example", {"2001:db8::a"}).answer("A svc1.example", {});
    race.answer("AAAA example.com", {"2001:db8::1"}).answer("A example.com", {});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::a]:443 h3", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceOrder, ARecordWithoutTheDefaultAlpnIsUsedUpBeforeTheOriginHasIt) {
    Scenario race = asked();
    race.https({record(1, "example.com", {"h3", "h2"})});
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});

    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2",
                     "192.0.2.1:443 h2", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

}  // namespace
