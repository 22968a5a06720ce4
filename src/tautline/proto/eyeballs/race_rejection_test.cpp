// SPDX-License-Identifier: MIT
// Servers that say no, and what may be one.
#include <string>
#include <vector>

#include <tests/support/session_race.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;
using enum eyeballs::SessionResult;

namespace {

// A request that is bad gets its 400 over both versions.
TEST(RaceRejection, ThatIsUnclearIsAskedAgainAsHttp1) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).skip();

    race.session(1, unclear, "400");
    race.says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.connected(2, http1).says("establish 2 websocket over h1");
    race.session(2, rejected, "400").says("cancel 2", "failed: rejected");
}

TEST(RaceRejection, ThatIsUnclearIsRememberedOnceHttp1HasCarriedIt) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).session(1, unclear, "405");
    race.connected(2, http1).skip();

    race.session(2, established).says("remember h1 only", "succeeded 2 h1");
}

TEST(RaceRejection, ThatIsUnclearTakesNoKnowledgeAway) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http2).at(250ms).connected(2, http2).settings(1, {});
    race.settings(2, kExtendedConnect).session(2, unclear, "405").skip();

    race.connected(3, http1).says("remember h1 only", "establish 3 websocket over h1");
}

// What is certain came too late for the HTTP/1.1 that was agreed on before.
TEST(RaceRejection, ThatIsUnclearIsRememberedAlsoWhenAnotherAddressIsCertain) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http2).at(250ms).settings(1, kExtendedConnect).session(1, unclear);
    race.connected(3, http1).connected(2, http2).settings(2, {}).skip();

    race.session(3, established).says("remember h1 only", "cancel 4", "succeeded 3 h1");
}

TEST(RaceRejection, ARejectionEndsTheRace) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.at(250ms).connected(1, http1).skip();

    race.session(1, rejected, "403").says("cancel 1", "cancel 2", "failed: rejected");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2+h1: session rejected: 403",
                                     "attempt 2 192.0.2.2:443 h2+h1: transport cancelled"}));
}

// Where a ticket is good for one request, the younger one is refused.
TEST(RaceRejection, ARejectionWaitsForASessionThatIsStillAsked) {
    Scenario race = started({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
    race.connected(1, http1).at(250ms).connected(2, http1).at(500ms).skip();

    race.session(2, rejected, "401").says("cancel 2", "cancel 3");
    race.at(1s).says();
    race.session(1, established).says("succeeded 1 h1");
}

TEST(RaceRejection, ARejectionIsToldWhenTheOthersBringNothing) {
    for (const auto& result : {failed, not_supported, not_processed, rejected}) {
        Scenario race = started({"192.0.2.1", "192.0.2.2"});
        race.connected(1, http1).at(250ms).connected(2, http1).session(2, rejected, "401").skip();

        race.session(1, result).says("cancel 1", "failed: rejected");
    }
}

TEST(RaceRejection, ARejectionWaitsNoLongerThanASessionMayTake) {
    Scenario race({websocket(), {}}, Instant(1h));
    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1", "192.0.2.2"}).connected(1, http1);
    race.at(250ms).connected(2, http1).session(2, rejected, "401").skip();

    race.at(6'999ms).says();
    race.at(7s).says("cancel 1", "failed: rejected");
}

TEST(RaceRejection, ARejectionDoesNotWaitForWhoHasTakenTooLongAlready) {
    Scenario race({websocket(), {}}, Instant(1h));
    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1", "192.0.2.2"}).connected(1, http1);
    race.at(250ms).connected(2, http1).at(7s).skip();

    race.session(2, rejected, "401").says("cancel 2", "cancel 1", "failed: rejected");
}

TEST(RaceRejection, ARejectionIsNotLostWhenTheRaceIsAbandoned) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http1).at(250ms).connected(2, http1).session(2, rejected, "401").skip();

    race.abandon().says("cancel 1", "failed: rejected");
}

TEST(RaceRejection, ElsewhereWaitsForThoseThatAreAskedAlone) {
    for (const auto after : {AfterRejection::fail, AfterRejection::try_next}) {
        NetworkConfig config = websocket();
        config.after_rejection = after;
        Scenario race = started({"192.0.2.1", "192.0.2.2", "192.0.2.3"}, config);
        race.connected(1, http1).at(250ms).skip();

        race.rejected_elsewhere().says("cancel 2");
        race.at(1s).says();
        race.session(1, established).says("succeeded 1 h1");
    }
}

TEST(RaceRejection, ElsewhereEndsARaceInWhichNobodyIsAsked) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});

    race.rejected_elsewhere().says("cancel 1", "failed: rejected");
    race.rejected_elsewhere().says();
}

TEST(RaceRejection, ElsewhereWaitsNoLongerThanASessionMayTake) {
    Scenario race({websocket(), {}}, Instant(1h));
    race.https({}).answer("AAAA", {}).answer("A", {"192.0.2.1"}).connected(1, http1).skip();

    race.rejected_elsewhere().at(6'999ms).says();
    race.at(7s).says("cancel 1", "failed: rejected");
}

TEST(RaceRejection, NobodyIsAskedBehindARejection) {
    Scenario race = started_http3(websocket());
    race.at(250ms).connected(1, http3).settings(1, kExtendedConnect).connected(2, http1).skip();

    race.session(1, rejected, "403").says("cancel 1", "cancel 2", "failed: rejected");
}

TEST(RaceRejection, ARejectionTriesTheNextWhenAskedTo) {
    NetworkConfig config = websocket();
    config.after_rejection = AfterRejection::try_next;
    Scenario race = started({"192.0.2.1", "192.0.2.2"}, config);
    race.connected(1, http1).skip();

    race.session(1, rejected, "503").says("cancel 1", "attempt 2 192.0.2.2:443 h2+h1");
    race.fails(2).says("failed: rejected");
}

}  // namespace
