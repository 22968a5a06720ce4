// SPDX-License-Identifier: MIT
// Answers that change: what a stale one brought up goes when the fresh one leads elsewhere.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;

namespace {

NetworkConfig stale_v6() {
    NetworkConfig config;
    config.allow_stale = true;
    config.ip = IpMode::v6_only;
    return config;
}

// HTTPS answered with a stale alias to old.example; its queries and the refresh are in flight:
// 2 AAAA example.com, 3 HTTPS old.example, 4 AAAA old.example, 5 HTTPS example.com.
Scenario at_stale_alias(NetworkConfig config = stale_v6()) {
    Scenario race(std::move(config));
    race.alias_stale("HTTPS", "old.example").skip();
    return race;
}

TEST(RaceStale, AnAliasThatIsReplacedTakesItsRecordsAlong) {
    Scenario race = at_stale_alias();
    race.https("old.example", {record(1, "old.example", {"h2"})});
    race.answer("AAAA old.example", {"2001:db8::1", "2001:db8::2"});
    race.says("attempt 1 [2001:db8::1]:443 h2");

    race.https("example.com", {record(2, "new.example", {"h2"})}).skip();
    race.answer("AAAA new.example", {"2001:db8::3"}).answer("AAAA example.com", {}).fails(1);
    race.says("attempt 2 [2001:db8::3]:443 h2");
    race.fails(2).says("failed: connection");
}

TEST(RaceStale, AnAliasThatIsReplacedTakesItsQueriesAlong) {
    Scenario race = at_stale_alias();

    race.https("example.com", {}).says("cancel query 3", "cancel query 4");
    race.answer("AAAA", {}).says("failed: no address");
}

TEST(RaceStale, TheEndOfAForgottenAliasIsNotWaitedFor) {
    Scenario race = at_stale_alias();
    race.answer("AAAA example.com", {"2001:db8::1"}).says();

    race.https("example.com", {});
    race.says("attempt 1 [2001:db8::1]:443 h2+h1", "cancel query 3", "cancel query 4");
}

TEST(RaceStale, RecordsInTheClearBehindAForgottenAliasAreNotTriedBesideEch) {
    Scenario race = at_stale_alias();
    auto secret = record(2, "example.com", {"h2"});
    secret.ech = {1};
    race.https("old.example", {record(1, "old.example", {"h2"})});
    race.https("example.com", {secret});

    race.answer("AAAA example.com", {"2001:db8::1"}).skip();
    race.fails(1).says("failed: connection");
    EXPECT_EQ(race.reports(),
              Lines{"attempt 1 [2001:db8::1]:443 h2 ech: transport failed: refused"});
}

TEST(RaceStale, AnotherAliasIsFollowedInPlaceOfTheOldOne) {
    Scenario race = at_stale_alias();

    race.alias("HTTPS example.com", "new.example");
    race.says("cancel query 3", "cancel query 4", "query 6 HTTPS new.example (stale)",
              "query 7 AAAA new.example (stale)");
    race.https("new.example", {}).answer("AAAA new.example", {"2001:db8::3"});
    race.says("attempt 1 [2001:db8::3]:443 h2+h1");
}

TEST(RaceStale, TargetsThatAreForgottenLeaveRoomForOthers) {
    NetworkConfig config = stale_v6();
    config.max_targets = 2;
    Scenario race(config);
    race.https_stale({record(1, "old.example", {"h2"})}).skip();

    race.https({record(1, "new.example", {"h2"})});
    race.says("cancel query 3", "query 5 AAAA new.example (stale)");
}

TEST(RaceStale, AChainOfAliasesMayChangeToItsFullLength) {
    NetworkConfig config = stale_v6();
    config.max_alias_hops = 1;
    Scenario race = at_stale_alias(config);

    race.alias("HTTPS example.com", "new.example").skip();
    race.https("new.example", {record(1, "new.example", {"h3"})});
    race.answer("AAAA new.example", {"2001:db8::3"}).says("attempt 1 [2001:db8::3]:443 h3");
}

TEST(RaceStale, AFailedRefreshOfAProtectedAliasLeavesTheAlias) {
    NetworkConfig config = stale_v6();
    config.dns_protected = true;
    Scenario race = at_stale_alias(config);
    race.https("old.example", {record(1, "old.example", {"h2"})});

    race.query_fails("HTTPS example.com").says();
    race.answer("AAAA old.example", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h2");
}

// ECH is relied on: also after the first attempt nothing may start in the clear.
TEST(RaceStale, AProtectedAliasThatIsNewIsWaitedForWhileAttemptsGoOn) {
    NetworkConfig config = stale_v6();
    config.dns_protected = true;
    Scenario race(config);
    race.https_stale({}).answer("AAAA", {"2001:db8::1", "2001:db8::2"}).skip();
    auto secret = record(1, "pool.example", {"h2"});
    secret.ech = {1};

    race.alias("HTTPS", "pool.example").skip();
    race.at(400ms).says();
    race.fails(1).says();
    race.https("pool.example", {secret}).answer("AAAA", {"2001:db8::3"});
    race.says("attempt 2 [2001:db8::3]:443 h2 ech");
}

TEST(RaceStale, WhereOnlyHttpsIsAskedANewAliasIsWaitedFor) {
    NetworkConfig config = stale_v6();
    config.resolution = Resolution::by_name_with_https;
    Scenario race(config);
    race.https_stale({}).skip();

    race.alias("HTTPS", "pool.example").fails(1).skip();
    race.at(400ms).says();
    race.https({record(1, "cdn.example", {"h2"})}).says("attempt 2 cdn.example:443 h2");
}

// Each answer of a stale chain leads somewhere else: there is an end to what is asked.
TEST(RaceStale, NamesThatChangeWithoutEndAreBounded) {
    NetworkConfig config = stale_v6();
    config.max_targets = 3;
    config.max_alias_hops = 2;
    Scenario race(config);
    for (int name = 0; !race.race().ended() && name < 100; ++name) {
        const std::string alias = "name" + std::to_string(name) + ".example";
        for (const auto& query : std::vector(race.witness().queries)) {
            const bool https = query.type == RecordType::https;
            if (query.in_flight && https) race.alias_stale("HTTPS " + query.name, alias);
        }
        for (const auto& query : std::vector(race.witness().queries)) {
            if (query.in_flight && query.type == RecordType::aaaa) race.query_fails("AAAA");
        }
    }

    EXPECT_TRUE(race.race().ended());
    EXPECT_LE(race.witness().queries.size(), 2U * 5 + 2U * 6);
}

}  // namespace
