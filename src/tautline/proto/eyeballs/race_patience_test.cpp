// SPDX-License-Identifier: MIT
// Attempts that take longer than their timeouts, where the driver has more time than that.
#include <string>
#include <vector>

#include <tests/support/race_scenario.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;
using enum eyeballs::SessionResult;

namespace {

constexpr PeerSettings kExtendedConnect{.extended_connect = true};

// Ten seconds for all together; a phase has 5 s or 7 s of them.
Scenario patient() {
    RaceSetup setup;
    setup.config.session = SessionKind::websocket;
    return Scenario(setup, Instant(10s));
}

Scenario started(std::initializer_list<std::string_view> v4) {
    Scenario race = patient();
    race.https({}).answer("AAAA", {}).answer("A", v4).skip();
    return race;
}

// Two attempts to one address, the first with HTTP/3.
Scenario started_twice() {
    Scenario race = patient();
    race.https({record(1, "example.com", {"h3", "h2", "http/1.1"})})
        .answer("AAAA", {})
        .answer("A", {"192.0.2.1"});
    race.at(250ms).skip();
    return race;
}

TEST(RacePatience, ASlowServerThatIsAloneHasTheTimeOfAll) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http1).skip();

    race.at(9'999ms).says();
    race.session(1, established).says("succeeded 1 h1");
}

TEST(RacePatience, EndsWithTheTimeOfAll) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http1).skip();

    race.at(9'999ms).says();
    race.at(10s).says("cancel 1", "failed: connection");
}

TEST(RacePatience, IsForTheTransportToo) {
    Scenario race = started({"192.0.2.1"});

    race.at(9s).says();
    race.connected(1, http1).says("establish 1 websocket over h1");
}

TEST(RacePatience, SettingsThatAreLateAreWaitedForBesideHttp1) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).skip();

    race.at(4'999ms).says();
    race.at(5s).says("attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.connected(2, http1).session(2, established);
    race.says("establish 2 websocket over h1", "cancel 1", "succeeded 2 h1");
}

TEST(RacePatience, IsForSettingsToo) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).at(9s).fails(2).skip();

    race.settings(1, kExtendedConnect).says("establish 1 websocket over h2");
}

TEST(RacePatience, AddressesDoNotWaitForEachOther) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http1).at(250ms).connected(2, http1).skip();

    race.at(9s).says();
    race.session(2, established).says("cancel 1", "succeeded 2 h1");
}

TEST(RacePatience, AnAttemptThatAnotherWaitsForHasItsTimeout) {
    Scenario race = started_twice();
    race.connected(1, http3).settings(1, kExtendedConnect).connected(2, http1).skip();

    race.at(7'249ms).says();
    race.at(7'250ms).says("cancel 1", "establish 2 websocket over h1");
}

TEST(RacePatience, AnAttemptThatIsOverdueMakesRoomForTheNext) {
    Scenario race = started_twice();
    race.connected(1, http3).settings(1, kExtendedConnect).skip();

    race.at(8s).says();
    race.connected(2, http1).says("cancel 1", "establish 2 websocket over h1");
}

TEST(RacePatience, WhoComesOnInTimeIsNotOverdue) {
    Scenario race = started_twice();
    race.at(8s).connected(1, http3).settings(1, kExtendedConnect).skip();

    race.at(9s).connected(2, http1).says();
}

}  // namespace
