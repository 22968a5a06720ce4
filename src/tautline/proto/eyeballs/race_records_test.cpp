// SPDX-License-Identifier: MIT
// Several records at once, and what is left when some of the answers fail.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

TEST(RaceRecords, AFailedConnectionDoesNotHideAFailedQuery) {
    Scenario race = asked();

    race.https({}).query_fails("AAAA").says();
    race.answer("A", {"192.0.2.1"}).says("attempt 1 192.0.2.1:443 h2+h1");
    race.fails(1).says("failed: connection");
    ASSERT_EQ(race.witness().failure->queries.size(), 1U);
    EXPECT_EQ(race.witness().failure->queries.front().type, RecordType::aaaa);
    EXPECT_EQ(race.reports().size(), 1U);
}

TEST(RaceRecords, SingleStackModesAskTargetsForTheirFamilyAlone) {
    NetworkConfig config;
    config.ip = IpMode::v6_only;
    Scenario race = asked(config);

    race.https({record(1, "cdn.example", {"h2"})}).says("query 3 AAAA cdn.example");
    race.answer("AAAA cdn.example", {"2001:db8::2"}).says("attempt 1 [2001:db8::2]:443 h2");
}

TEST(RaceRecords, WhenAllHaveEchTheOriginIsNotTriedWithout) {
    Scenario race = asked();
    auto first = record(1, "a.example", {"h2"});
    auto second = record(2, "b.example", {"h2"});
    first.ech = {1};
    second.ech = {2};

    race.https({first, second}).answer("AAAA example.com", {"2001:db8::1"}).answer("A", {});
    race.answer("AAAA a.example", {"2001:db8::a"}).answer("A a.example", {});
    race.answer("AAAA b.example", {"2001:db8::b"}).answer("A b.example", {});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::a]:443 h2 ech", "[2001:db8::b]:443 h2 ech"}));
}

TEST(RaceRecords, HintsAreTriedAtThePortOfTheirRecord) {
    Scenario race = asked();
    auto service = at_port(record(1, "example.com", {"h2"}), 8443);
    service.ipv6_hints = addresses({"2001:db8::8"});

    race.https({service}).says("attempt 1 [2001:db8::8]:8443 h2");
}

TEST(RaceRecords, EachRecordHasItsPort) {
    Scenario race = asked();
    const auto first = at_port(record(1, "example.com", {"h2"}), 8443);
    const auto second = at_port(record(2, "example.com", {"h2"}), 9443);

    race.https({second, first}).answer("AAAA", {"2001:db8::1"}).answer("A", {});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:8443 h2", "[2001:db8::1]:9443 h2", "[2001:db8::1]:443 h2+h1"}));
}

// RFC 9460 section 10.4.4: providers that are not of one mind about protocols.
TEST(RaceRecords, OneOfTwoProvidersIsUsedUpBeforeTheOther) {
    Scenario race = asked();

    race.https({record(1, "one.example", {"h3", "h2"}), record(2, "two.example", {"h2"})});
    race.answer("AAAA example.com", {}).answer("A example.com", {"192.0.2.1"});
    race.answer("AAAA two.example", {"2001:db8::2"}).answer("A two.example", {"192.0.2.2"});
    race.answer("AAAA one.example", {"2001:db8::1"}).answer("A one.example", {});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "[2001:db8::1]:443 h2", "[2001:db8::2]:443 h2",
                     "192.0.2.2:443 h2", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceRecords, ATargetWhoseQueriesFailIsPassedOver) {
    Scenario race = asked();
    race.https({record(1, "cdn.example", {"h2"})}).answer("AAAA example.com", {"2001:db8::1"});
    race.skip();

    race.query_fails("AAAA cdn.example").says();
    race.query_fails("A cdn.example").says("attempt 1 [2001:db8::1]:443 h2+h1");
}

TEST(RaceRecords, ByNameTheFailureIsThatOfTheName) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    Scenario race(config);

    race.fails(1, "proxy said no").skip();
    EXPECT_EQ(race.reports(),
              (Lines{"attempt 1 example.com:443 h2+h1: transport failed: proxy said no"}));
}

}  // namespace
