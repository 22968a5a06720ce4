// SPDX-License-Identifier: MIT
// When an attempt begins, whatever order the answers come in.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;

namespace {

using Step = std::function<void(Scenario&)>;

constexpr const char* kFirstV6 = "attempt 1 [2001:db8::1]:443 h2+h1";
constexpr const char* kFirstV4 = "attempt 1 192.0.2.1:443 h2+h1";

NetworkConfig stale() {
    NetworkConfig config;
    config.allow_stale = true;
    return config;
}

Step found(std::string type) {
    return
        [type](Scenario& race) { race.answer(type, {type == "A" ? "192.0.2.1" : "2001:db8::1"}); };
}

Step failed(std::string type) {
    return [type](Scenario& race) { race.query_fails(type); };
}

struct Moment {
    std::string name;
    IpMode ip;
    std::vector<Step> addresses;
    std::string attempt;
};

std::vector<Moment> moments() {
    return {
        {"Ipv6", IpMode::dual_stack, {found("AAAA")}, kFirstV6},
        {"Ipv4ThenIpv6", IpMode::dual_stack, {found("A"), found("AAAA")}, kFirstV6},
        {"Ipv4WithoutIpv6", IpMode::dual_stack, {found("A"), failed("AAAA")}, kFirstV4},
        {"PreferredIpv4", IpMode::prefer_v4, {found("A")}, kFirstV4},
        {"Ipv6ThenPreferredIpv4", IpMode::prefer_v4, {found("AAAA"), found("A")}, kFirstV4},
        {"Ipv6WithoutPreferredIpv4", IpMode::prefer_v4, {found("AAAA"), failed("A")}, kFirstV6},
    };
}

// The HTTPS answer comes last: then there is nothing more to wait for.
class RaceMoment : public testing::TestWithParam<Moment> {
protected:
    RaceMoment() {
        config_.ip = GetParam().ip;
        race_ = std::make_unique<Scenario>(config_);
        race_->skip();
        for (const Step& step : GetParam().addresses) {
            step(*race_);
            race_->says();
            EXPECT_EQ(race_->timer(), 50ms);
        }
    }

    NetworkConfig config_;
    std::unique_ptr<Scenario> race_;
};

TEST_P(RaceMoment, ComesWithTheLastAnswerAlsoWhenThatRecordIsOfNoUse) {
    race_->https({record(1, "example.com", {})}).says(GetParam().attempt);
}

TEST_P(RaceMoment, ComesWithTheLastAnswerAlsoWhenThatQueryFails) {
    race_->query_fails("HTTPS").says(GetParam().attempt);
}

INSTANTIATE_TEST_SUITE_P(Orders, RaceMoment, testing::ValuesIn(moments()),
                         [](const auto& moment) { return moment.param.name; });

TEST(RaceMoments, TheResolutionDelayRunsFromTheFirstAddress) {
    Scenario race = asked();
    race.answer("A", {"192.0.2.1"}).at(49ms).says();

    race.at(50ms).says(kFirstV4);
}

TEST(RaceMoments, AFailureAtTheEndOfTheResolutionDelaySetsNoTimerOfZero) {
    Scenario race = asked();
    race.query_fails("HTTPS").answer("A", {"192.0.2.1"}).at(50ms).says(kFirstV4);

    race.fails(1).says();
    EXPECT_EQ(race.timer(), 5s) << "only AAAA is waited for";
    race.answer("AAAA", {"2001:db8::1"}).says("attempt 2 [2001:db8::1]:443 h2+h1");
}

TEST(RaceMoments, ARecordAfterTheAddressesRaisesThemToHttp3) {
    Scenario race = asked();
    race.answer("AAAA", {"2001:db8::1"}).says();

    race.https({record(1, "example.com", {"h3", "h2", "http/1.1"})});
    race.says("attempt 1 [2001:db8::1]:443 h3");
}

TEST(RaceMoments, TheTargetOfARecordIsAskedForAlsoWhenItHasHints) {
    Scenario race = asked();
    auto service = record(1, "svc1.example", {"h3", "h2"});
    service.ipv6_hints = addresses({"2001:db8::2"});

    race.https({service}).says("attempt 1 [2001:db8::2]:443 h3", "query 4 AAAA svc1.example",
                               "query 5 A svc1.example");
    race.answer("AAAA example.com", {"2001:db8::1"}).says();
    race.answer("AAAA svc1.example", {"2001:db8::3"}).says();
    race.fails(1).says("attempt 2 [2001:db8::3]:443 h3");
}

TEST(RaceMoments, AnIpv4HintWaitsNoLongerThanForTheAnswerThatThereIsNoIpv6) {
    Scenario race = asked();
    auto service = record(1, "example.com", {"h2"});
    service.ipv4_hints = addresses({"192.0.2.1"});
    race.at(10ms).https({service}).says();

    race.at(20ms).answer("AAAA", {}).says("attempt 1 192.0.2.1:443 h2");
}

TEST(RaceMoments, AnAddressThatComesAfterAHintIsTriedBehindIt) {
    Scenario race = asked();
    auto service = record(1, "example.com", {"h2"});
    service.ipv6_hints = addresses({"2001:db8::2"});
    race.https({service}).says("attempt 1 [2001:db8::2]:443 h2");

    race.answer("AAAA", {"2001:db8::1"}).at(249ms).says();
    race.at(250ms).says("attempt 2 [2001:db8::1]:443 h2");
}

// The addresses of the target that has ECH are late: the others would give the name away.
TEST(RaceMoments, NothingStartsInTheClearBeforeTheTargetThatHasEch) {
    Scenario race = asked();
    auto secret = record(1, "svc1.example", {"h3"});
    secret.ech = {1};
    secret.port = 9443;
    race.https({secret, record(2, "svc2.example", {"h2"})}).skip();

    race.answer("AAAA example.com", {"2001:db8::1"}).answer("A example.com", {"192.0.2.1"});
    race.at(1s).says();
    race.answer("A svc1.example", {"192.0.2.2"}).says("attempt 1 192.0.2.2:9443 h3 ech");
}

TEST(RaceMoments, AfterAnEchRetryOthersGoOnWithTheConfigOfTheRecord) {
    Scenario race = asked();
    auto secret = record(1, "example.com", {"h2"});
    secret.ech = {1};
    race.https({secret}).answer("AAAA", {"2001:db8::1"}).skip();

    race.ech_retry(1, {2}).says("attempt 2 [2001:db8::1]:443 h2 ech (ech retry)");
    race.ech_retry(2, {3}).says();
    race.answer("A", {"192.0.2.1"}).says("attempt 3 192.0.2.1:443 h2 ech");
    EXPECT_EQ(race.witness().attempts.back().endpoint.ech, (std::vector<std::uint8_t>{1}));
}

TEST(RaceMoments, AnEmptyHttpsAnswerLeadsBackToTheName) {
    NetworkConfig config;
    config.resolution = Resolution::by_name_with_https;
    Scenario nothing = asked(config);
    Scenario useless = asked(config);

    nothing.https({}).says("attempt 1 example.com:443 h2+h1");
    useless.https({record(1, "cdn.example", {"dot"})}).says("attempt 1 example.com:443 h2+h1");
}

TEST(RaceMoments, ByNameTheRootDotOfTheOriginIsDroppedForAlternativeServicesToo) {
    NetworkConfig config;
    config.resolution = Resolution::by_name;
    config.alt_services = {{http3, "", std::nullopt}};
    Scenario race(RaceSetup{config, {.host = "example.com."}});

    race.says("attempt 1 example.com:443 h3");
    race.fails(1).says("attempt 2 example.com:443 h2+h1");
}

TEST(RaceMoments, WithoutIpv6TargetsAreAskedForIpv4Alone) {
    NetworkConfig config;
    config.ip = IpMode::v4_only;
    Scenario race = asked(config);

    race.https({record(1, "cdn.example", {"h2"})}).says("query 3 A cdn.example");
    race.answer("A cdn.example", {"192.0.2.2"}).says("attempt 1 192.0.2.2:443 h2");
}

TEST(RaceMoments, AStaleIpv4AddressIsTriedAndRefreshed) {
    Scenario race = asked(stale());
    race.https({}).query_fails("AAAA").says();

    race.answer_stale("A", {"192.0.2.1"}).says(kFirstV4, "query 4 A example.com");
    race.answer("A", {"192.0.2.2"}).fails(1).says("attempt 2 192.0.2.2:443 h2+h1");
}

TEST(RaceMoments, AStaleRecordIsRefreshed) {
    Scenario race = asked(stale());

    race.https_stale({record(1, "example.com", {"h3"})}).says("query 4 HTTPS example.com");
    race.answer("AAAA", {"2001:db8::1"}).says("attempt 1 [2001:db8::1]:443 h3");
}

// 2001:db8::1 is tried, known from a stale answer; query 4 refreshes it.
Scenario at_stale_address() {
    Scenario race = asked(stale());
    race.https({}).answer("A", {}).answer_stale("AAAA", {"2001:db8::1"});
    race.says(kFirstV6, "query 4 AAAA example.com");
    return race;
}

TEST(RaceMoments, AFreshAddressIsTriedBesideTheStaleOne) {
    Scenario race = at_stale_address();

    race.answer("AAAA", {"2001:db8::3"}).at(249ms).says();
    race.at(250ms).says("attempt 2 [2001:db8::3]:443 h2+h1");
}

TEST(RaceMoments, AFailureBeforeTheSameFreshAnswerIsToldWithIt) {
    Scenario race = at_stale_address();
    race.fails(1).says();

    race.answer("AAAA", {"2001:db8::1"}).says("failed: connection");
}

TEST(RaceMoments, AFailureBeforeTheAnswerThatThereIsNoneIsToldWithIt) {
    Scenario race = at_stale_address();
    race.fails(1).says();

    race.answer("AAAA", {}).says("failed: connection");
}

TEST(RaceMoments, OfTwoHttp2ConnectionsTheSecondMayHaveTheSession) {
    NetworkConfig config;
    config.session = SessionKind::websocket;
    Scenario race(config);
    race.https({}).answer("AAAA", {"2001:db8::1"}).answer("A", {"192.0.2.1"}).at(250ms).skip();

    race.connected(1, http2).connected(2, http2).says();
    race.settings(1, {.extended_connect = true}).says("establish 1 websocket over h2");
    race.settings(2, {.extended_connect = true}).says("establish 2 websocket over h2");
    race.session(2, SessionResult::established).says("cancel 1", "succeeded 2 h2");
}

}  // namespace
