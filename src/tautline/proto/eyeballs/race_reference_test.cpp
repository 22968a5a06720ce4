// SPDX-License-Identifier: MIT
// Scenarios that other implementations of Happy Eyeballs hold themselves to, each by their name for
// it, as far as no test elsewhere plays them in full.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kFirstV6 = "attempt 1 [2001:db8::1]:443 h2+h1";
constexpr const char* kFirstV4 = "attempt 1 192.0.2.1:443 h2+h1";
const std::vector<std::string> kAll{"h3", "h2", "http/1.1"};
const std::vector<std::string> kNew{"h3", "h2"};

Scenario asked(NetworkConfig config = {}) {
    Scenario race(std::move(config));
    race.skip();
    return race;
}

NetworkConfig with_ip(IpMode ip) {
    NetworkConfig config;
    config.ip = ip;
    return config;
}

NetworkConfig with_alternative(AltService service, IpMode ip = IpMode::dual_stack) {
    NetworkConfig config = with_ip(ip);
    config.alt_services = {std::move(service)};
    return config;
}

dns::ServiceRecord with_hints(dns::ServiceRecord record, std::initializer_list<std::string_view> v6,
                              std::initializer_list<std::string_view> v4) {
    record.ipv6_hints = addresses(v6);
    record.ipv4_hints = addresses(v4);
    return record;
}

dns::ServiceRecord at_port(dns::ServiceRecord record, std::uint16_t port) {
    record.port = port;
    return record;
}

// Lets every attempt fail, and tells where they went: the order of the plan.
Lines fail_all(Scenario& race) {
    for (std::uint64_t id = 1; !race.race().ended(); ++id) race.fails(id);
    Lines endpoints;
    for (const auto& attempt : race.witness().attempts) {
        endpoints.push_back(attempt.endpoint.to_string());
    }
    return endpoints;
}

// hostname_resolution.move_on_non_timeout: which addresses are enough once the HTTPS answer is
// there, whatever that is.
struct EnoughRow {
    IpMode ip;
    Lines answers;
    const char* attempt;
};

Scenario at_answers(const EnoughRow& row) {
    Scenario race = asked(with_ip(row.ip));
    for (const std::string& answer : row.answers) {
        if (answer == "AAAA") race.answer("AAAA", {"2001:db8::1"});
        if (answer == "A") race.answer("A", {"192.0.2.1"});
        if (answer == "AAAA fails") race.query_fails("AAAA");
        if (answer == "A fails") race.query_fails("A");
        race.says();
        EXPECT_EQ(race.timer(), 50ms);
    }
    return race;
}

TEST(RaceReference, MoveOnNonTimeout) {
    using enum IpMode;
    for (const auto& row : {EnoughRow{prefer_v6, {"AAAA"}, kFirstV6},
                            {prefer_v6, {"A", "AAAA"}, kFirstV6},
                            {prefer_v6, {"A", "AAAA fails"}, kFirstV4},
                            {prefer_v4, {"A"}, kFirstV4},
                            {prefer_v4, {"AAAA", "A"}, kFirstV4},
                            {prefer_v4, {"AAAA", "A fails"}, kFirstV6}}) {
        SCOPED_TRACE(row.attempt);
        at_answers(row).https({record(1, "example.com", {})}).says(row.attempt);
        at_answers(row).query_fails("HTTPS").says(row.attempt);
    }
}

TEST(RaceReference, MoveOnTimeout) {
    Scenario race = asked();

    race.at(10ms).answer("A", {"192.0.2.1"}).at(59ms).says();
    race.at(60ms).says(kFirstV4);
}

TEST(RaceReference, ResolutionDelayBoundary) {
    Scenario race = asked();
    race.query_fails("HTTPS").answer("A", {"192.0.2.1"});
    race.at(50ms).says(kFirstV4);

    race.fails(1).says();
    EXPECT_EQ(race.timer(), 5s);
    race.answer("AAAA", {"2001:db8::1"}).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceReference, HttpsHints) {
    Scenario race = asked();
    race.https({with_hints(record(1, "example.com", kNew), {"2001:db8::1"}, {"192.0.2.1"})});
    race.says("attempt 1 [2001:db8::1]:443 h3");

    race.answer("AAAA", {}).answer("A", {}).says();
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3",
                                     "[2001:db8::1]:443 h2", "192.0.2.1:443 h2"}));
}

TEST(RaceReference, HttpsV4HintsMoveOnWhenThePreferredFamilyIsMissing) {
    Scenario race = asked();

    race.https({with_hints(record(1, "example.com", {"h2"}), {}, {"192.0.2.1"})}).says();
    race.answer("AAAA", {}).says("attempt 1 192.0.2.1:443 h2");
}

TEST(RaceReference, HttpsHintsStillQueryAAndAaaa) {
    Scenario race = asked();

    race.https({with_hints(record(1, "svc1.example", kNew), {"2001:db8::2"}, {})});
    race.says("attempt 1 [2001:db8::2]:443 h3", "query 4 AAAA svc1.example",
              "query 5 A svc1.example");
    race.answer("AAAA example.com", {"2001:db8::1"}).says();
}

TEST(RaceReference, HttpsH3UpgradeWithoutHints) {
    Scenario race = asked();

    race.answer("AAAA", {"2001:db8::1"}).says();
    race.https({record(1, "example.com", kAll)}).says("attempt 1 [2001:db8::1]:443 h3");
}

TEST(RaceReference, SingleStackTargetName) {
    Scenario race = asked(with_ip(IpMode::v4_only));

    race.https({record(1, "cdn.example", {"h2"})}).says("query 3 A cdn.example");
    race.answer("A cdn.example", {"192.0.2.2"}).says("attempt 1 192.0.2.2:443 h2");
}

TEST(RaceReference, HintsKeptAsFallbackOnNegativeAnswer) {
    Scenario v6 = asked();
    v6.answer("A", {"192.0.2.1"}).answer("AAAA", {});
    v6.https({with_hints(record(1, "example.com", kNew), {"2001:db8::1"}, {})});
    Scenario v4 = asked(with_ip(IpMode::prefer_v4));
    v4.answer("AAAA", {"2001:db8::1"}).answer("A", {});
    v4.https({with_hints(record(1, "example.com", kNew), {}, {"192.0.2.1"})});

    EXPECT_EQ(fail_all(v6),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2",
                     "192.0.2.1:443 h2", "192.0.2.1:443 h2+h1"}));
    EXPECT_EQ(fail_all(v4), (Lines{"192.0.2.1:443 h3", "[2001:db8::1]:443 h3", "192.0.2.1:443 h2",
                                   "[2001:db8::1]:443 h2", "[2001:db8::1]:443 h2+h1"}));
}

TEST(RaceReference, HintsKeptAsFallbackAfterAddressRecords) {
    Scenario race = asked();
    race.https({with_hints(record(1, "example.com", {"h2"}), {"2001:db8::2"}, {})});
    race.says("attempt 1 [2001:db8::2]:443 h2");

    race.answer("AAAA", {"2001:db8::1"}).says();
    race.at(250ms).says("attempt 2 [2001:db8::1]:443 h2");
}

TEST(RaceReference, HttpsSvc1AddressesTriggerAdditionalAttempts) {
    Scenario race = asked();
    race.https({record(1, "example.com", kNew), record(2, "svc1.example", kNew)}).skip();
    race.answer("AAAA example.com", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h3");
    race.answer("A example.com", {"192.0.2.1"});
    race.answer("AAAA svc1.example", {"2001:db8::2"}).answer("A svc1.example", {"192.0.2.2"});
    race.says();

    race.at(250ms).says("attempt 2 192.0.2.1:443 h3");
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2",
                     "192.0.2.1:443 h2", "[2001:db8::2]:443 h3", "192.0.2.2:443 h3",
                     "[2001:db8::2]:443 h2", "192.0.2.2:443 h2", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1"}));
}

TEST(RaceReference, EchRetryNoInfiniteLoop) {
    Scenario race = asked();
    auto secret = record(1, "example.com", {"h2"});
    secret.ech = {1};
    race.https({secret}).answer("AAAA", {"2001:db8::1"}).skip();

    race.ech_retry(1, {2}).says("attempt 2 [2001:db8::1]:443 h2 ech (ech retry)");
    race.ech_retry(2, {3}).says();
    race.answer("A", {"192.0.2.1"}).says("attempt 3 192.0.2.1:443 h2 ech");
    EXPECT_EQ(race.witness().attempts.at(2).endpoint.ech, std::vector<std::uint8_t>{1});
}

TEST(RaceReference, HttpsPortAppliesToResolved) {
    Scenario race = asked();

    race.https({at_port(record(1, "example.com", kNew), 8443)}).answer("AAAA", {"2001:db8::1"});
    race.answer("A", {"192.0.2.1"});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:8443 h3", "192.0.2.1:8443 h3", "[2001:db8::1]:8443 h2",
                     "192.0.2.1:8443 h2", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceReference, HttpsPortAppliesToHints) {
    Scenario race = asked();
    const auto service =
        with_hints(record(1, "example.com", {"h2"}), {"2001:db8::1"}, {"192.0.2.1"});

    race.https({at_port(service, 8443)}).answer("AAAA", {}).answer("A", {});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:8443 h2", "192.0.2.1:8443 h2"}));
}

TEST(RaceReference, HttpsPortOfEachRecord) {
    Scenario race = asked();

    race.https({at_port(record(1, "example.com", kNew), 20007),
                at_port(record(2, "example.com", kNew), 20008)});
    race.answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:20007 h3", "192.0.2.1:20007 h3", "[2001:db8::1]:20007 h2",
                     "192.0.2.1:20007 h2", "[2001:db8::1]:20008 h3", "192.0.2.1:20008 h3",
                     "[2001:db8::1]:20008 h2", "192.0.2.1:20008 h2", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1"}));
}

TEST(RaceReference, AltSvcWithHost) {
    Scenario race = asked(with_alternative({http3, "alt.example", 8443}));

    race.https({}).answer("A example.com", {"192.0.2.1"}).answer("A alt.example", {"192.0.2.2"});
    race.answer("AAAA alt.example", {"2001:db8::2"}).answer("AAAA example.com", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::2]:8443 h3", "192.0.2.2:8443 h3",
                                     "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceReference, AltSvcWithPort) {
    Scenario race = asked(with_alternative({http3, "", 8443}));

    race.https({}).answer("A", {"192.0.2.1"}).answer("AAAA", {"2001:db8::1"});
    EXPECT_EQ(fail_all(race), (Lines{"[2001:db8::1]:8443 h3", "192.0.2.1:8443 h3",
                                     "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

TEST(RaceReference, InterleavesProtocolVariants) {
    Scenario race = asked(with_alternative({http3, "", std::nullopt}));

    race.https({}).answer("A", {"192.0.2.1"});
    race.answer("AAAA", {"2001:db8::1", "2001:db8::2", "2001:db8::3"});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2+h1",
                     "192.0.2.1:443 h2+h1", "[2001:db8::2]:443 h3", "[2001:db8::2]:443 h2+h1",
                     "[2001:db8::3]:443 h3", "[2001:db8::3]:443 h2+h1"}));
}

TEST(RaceReference, InterleavesWithIpv4Preferred) {
    Scenario race = asked(with_alternative({http3, "", std::nullopt}, IpMode::prefer_v4));

    race.https({}).answer("AAAA", {"2001:db8::1"}).answer("A", {"192.0.2.1", "192.0.2.2"});
    EXPECT_EQ(fail_all(race),
              (Lines{"192.0.2.1:443 h3", "[2001:db8::1]:443 h3", "192.0.2.1:443 h2+h1",
                     "[2001:db8::1]:443 h2+h1", "192.0.2.2:443 h3", "192.0.2.2:443 h2+h1"}));
}

TEST(RaceReference, ByNameHttpsRrEmptyFallsBack) {
    NetworkConfig config;
    config.resolution = Resolution::by_name_with_https;
    Scenario none = asked(config);
    Scenario useless = asked(config);

    none.https({}).says("attempt 1 example.com:443 h2+h1");
    useless.https({record(1, "example.com", {})}).says("attempt 1 example.com:443 h2+h1");
}

TEST(RaceReference, ByNameOriginDropsTrailingRootLabel) {
    NetworkConfig config = with_alternative({http3, "", std::nullopt});
    config.resolution = Resolution::by_name;
    Scenario race(RaceSetup{config, {.host = "example.com."}});

    race.says("attempt 1 example.com:443 h3");
}

TEST(RaceReference, RecordWithoutAlpnContributesNoEndpoints) {
    Scenario race = asked();

    race.https({record(1, "svc1.example", {"h3"}), record(2, "svc2.example", {})});
    race.says("query 4 AAAA svc1.example", "query 5 A svc1.example");
    race.answer("AAAA svc1.example", {"2001:db8::1"}).answer("A svc1.example", {});
    race.answer("AAAA example.com", {}).answer("A example.com", {});
    EXPECT_EQ(fail_all(race), Lines{"[2001:db8::1]:443 h3"});
}

TEST(RaceReference, PartialEchTwoServiceInfos) {
    Scenario race = asked();
    auto secret = at_port(record(1, "svc1.example", {"h3"}), 9443);
    secret.ech = {1};
    race.https({secret, record(2, "svc2.example", {"h2"})}).skip();

    race.answer("AAAA example.com", {"2001:db8::1"}).answer("A example.com", {"192.0.2.1"});
    race.at(1s).says();
    race.answer("A svc1.example", {"192.0.2.2"}).says("attempt 1 192.0.2.2:9443 h3 ech");
}

TEST(RaceReference, NoDefaultAlpn) {
    Scenario race = asked();

    race.https({record(1, "example.com", kNew)}).answer("AAAA", {"2001:db8::1"});
    race.answer("A", {"192.0.2.1"});
    EXPECT_EQ(fail_all(race),
              (Lines{"[2001:db8::1]:443 h3", "192.0.2.1:443 h3", "[2001:db8::1]:443 h2",
                     "192.0.2.1:443 h2", "[2001:db8::1]:443 h2+h1", "192.0.2.1:443 h2+h1"}));
}

NetworkConfig optimistic() {
    NetworkConfig config;
    config.allow_stale = true;
    return config;
}

TEST(RaceReference, StaleAAnswerRacesAndRefreshes) {
    Scenario race = asked(optimistic());

    race.https({}).query_fails("AAAA").says();
    race.answer_stale("A", {"192.0.2.1"}).says(kFirstV4, "query 4 A example.com");
}

TEST(RaceReference, StaleHttpsRecordIsRefreshed) {
    Scenario race = asked(optimistic());

    race.answer("AAAA", {"2001:db8::1"}).says();
    race.https_stale({record(1, "example.com", {"h2"})});
    race.says("attempt 1 [2001:db8::1]:443 h2", "query 4 HTTPS example.com");
}

// A stale AAAA is tried; A has no answer to give.
Scenario at_stale_attempt() {
    Scenario race = asked(optimistic());
    race.https({}).answer("A", {}).answer_stale("AAAA", {"2001:db8::1"}).skip();
    return race;
}

TEST(RaceReference, FailureReportedAfterRefreshAlsoFails) {
    Scenario same = at_stale_attempt();
    Scenario none = at_stale_attempt();

    same.fails(1).says();
    same.answer("AAAA", {"2001:db8::1"}).says("failed: connection");
    none.fails(1).says();
    none.answer("AAAA", {}).says("failed: connection");
}

TEST(RaceReference, RefreshWithChangedAddress) {
    Scenario race = at_stale_attempt();

    race.at(100ms).answer("AAAA", {"2001:db8::3"}).says();
    race.at(250ms).says("attempt 2 [2001:db8::3]:443 h2+h1");
}

TEST(RaceReference, SessionRacingSecondWinsOverHttp2) {
    NetworkConfig config;
    config.session = SessionKind::websocket;
    config.http_versions = HttpVersions::only(http2);
    Scenario race = asked(config);
    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1", "192.0.2.2"}).at(250ms).skip();

    race.connected(1, http2).connected(2, http2);
    race.settings(1, {.extended_connect = true}).settings(2, {.extended_connect = true});
    race.says("establish 1 websocket over h2", "establish 2 websocket over h2");
    race.session(2, SessionResult::established).says("cancel 1", "succeeded 2 h2");
}

}  // namespace
