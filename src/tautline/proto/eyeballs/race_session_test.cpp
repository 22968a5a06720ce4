// SPDX-License-Identifier: MIT
// Settings and session phases: WebSocket and WebTransport.
#include <string>
#include <vector>

#include <tests/support/session_race.hpp>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace tautline::test;
using enum eyeballs::HttpVersion;
using enum eyeballs::SessionResult;

namespace {

constexpr PeerSettings kNothing{};
constexpr PeerSettings kNoStreams{.extended_connect = true, .takes_streams = false};
constexpr PeerSettings kWebTransport{.extended_connect = true, .webtransport = true};

NetworkConfig websocket_over(HttpVersion version) {
    NetworkConfig config = websocket();
    config.http_versions = HttpVersions::only(version);
    return config;
}

NetworkConfig webtransport() {
    NetworkConfig config;
    config.session = SessionKind::webtransport;
    return config;
}

TEST(RaceSession, AWebSocketOverHttp1NeedsNoSettings) {
    Scenario race = started({"192.0.2.1"});

    race.connected(1, http1).says("establish 1 websocket over h1");
    race.session(1, established).says("succeeded 1 h1");
}

TEST(RaceSession, AWebSocketOverHttp2WaitsForExtendedConnect) {
    Scenario race = started({"192.0.2.1"});

    race.connected(1, http2).says();
    race.settings(1, kExtendedConnect).says("establish 1 websocket over h2");
    race.session(1, established).says("succeeded 1 h2");
}

TEST(RaceSession, AWebSocketOverHttp3WaitsForExtendedConnect) {
    Scenario race = started_http3(websocket());

    race.connected(1, http3).says();
    race.settings(1, kExtendedConnect).says("establish 1 websocket over h3");
    race.session(1, established).says("succeeded 1 h3");
}

TEST(RaceSession, SettingsMayComeBeforeTheConnection) {
    Scenario race = started({"192.0.2.1"});

    race.settings(1, kNothing).settings(1, kExtendedConnect).says();
    race.connected(1, http2).says("establish 1 websocket over h2");
}

TEST(RaceSession, SettingsThatComeAgainChangeNothing) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).skip();

    race.settings(1, kExtendedConnect).settings(1, kNothing).says();
}

TEST(RaceSession, Http2WithoutExtendedConnectIsTriedAgainAsHttp1OnTheSameAddress) {
    Scenario race = started({"192.0.2.1"});

    race.connected(1, http2).settings(1, kNothing);
    race.says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.connected(2, http1).says("remember h1 only", "establish 2 websocket over h1");
    race.session(2, established).says("succeeded 2 h1");
}

// A server that has HTTP/2 alone would be lost for later races.
TEST(RaceSession, Http1IsNotRememberedBeforeItWasAgreedOn) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kNothing);

    race.says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.fails(2, "no application protocol", Phase::tls).says("failed: connection");
}

TEST(RaceSession, TheFallbackWaitsForNoHeadStart) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http2).at(250ms).says("attempt 2 192.0.2.2:443 h2+h1");

    race.at(260ms).settings(1, kNothing);
    race.says("cancel 1", "attempt 3 192.0.2.1:443 h1 (h1 fallback)");
}

TEST(RaceSession, SettingsThatDoNotComeAreTriedAgainAsHttp1OnTheSameAddress) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).at(4'999ms).says();

    race.at(5s).says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.connected(2, http1).session(2, established);
    race.says("establish 2 websocket over h1", "succeeded 2 h1");
}

TEST(RaceSession, AConnectionThatBreaksBeforeItsSettingsIsTriedAgainAsHttp1) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});

    race.connected(1, http2).fails(1).says("attempt 2 192.0.2.1:443 h1 (h1 fallback)");
    race.fails(2).says("attempt 3 192.0.2.2:443 h2+h1");
}

TEST(RaceSession, AnAlertOfTlsBehindTheHandshakeIsNotTriedAgain) {
    Scenario race = started({"192.0.2.1"});

    race.connected(1, http2).fails(1, "certificate required", Phase::tls);
    race.says("failed: connection");
}

TEST(RaceSession, APeerThatTakesNoStreamsIsTriedAgainAsHttp1) {
    Scenario race = started({"192.0.2.1"});

    race.connected(1, http2).settings(1, kNoStreams);
    race.says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
}

TEST(RaceSession, WhereThereIsHttp2AloneStreamsAreWaitedFor) {
    Scenario race = started({"192.0.2.1"}, websocket_over(http2));

    race.connected(1, http2).settings(1, kNoStreams).says("establish 1 websocket over h2");
}

TEST(RaceSession, AddressesBehindOneThatIsSilentAreOfferedHttp2) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http2).fails(1).skip();

    race.fails(2).connected(3, http2).settings(3, kExtendedConnect);
    race.says("attempt 3 192.0.2.2:443 h2+h1", "establish 3 websocket over h2");
}

TEST(RaceSession, AddressesAfterAnHttp2WithoutExtendedConnectAreOfferedHttp1Only) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http2).settings(1, kNothing).skip();

    race.fails(2).says("attempt 3 192.0.2.2:443 h1");
}

TEST(RaceSession, ARememberedOriginIsOfferedHttp1Only) {
    Scenario race(RaceSetup{websocket(), {.host = "192.0.2.1", .http1_only = true}});

    race.says("attempt 1 192.0.2.1:443 h1");
}

// RFC 9113 section 8.7.
TEST(RaceSession, WhatWasNotProcessedIsAskedAgainAtOnceOnAFreshConnection) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).skip();

    race.session(1, not_processed).says("cancel 1", "attempt 2 192.0.2.1:443 h2+h1 (retry)");
    race.connected(2, http2).settings(2, kExtendedConnect).says("establish 2 websocket over h2");
    race.session(2, established).says("succeeded 2 h2");
}

TEST(RaceSession, APeerThatProcessesNothingIsAskedTwice) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).session(1, not_processed);
    race.connected(2, http2).settings(2, kExtendedConnect).skip();

    race.session(2, not_processed, "refused").says("cancel 2", "failed: connection");
    EXPECT_EQ(race.reports().size(), 2U);
}

TEST(RaceSession, WhatIsRememberedIsForWebSocketsAlone) {
    Scenario race(RaceSetup{{}, {.host = "192.0.2.1", .http1_only = true}});

    race.says("attempt 1 192.0.2.1:443 h2+h1");
}

TEST(RaceSession, WithoutHttp1ThereIsNoFallback) {
    NetworkConfig config = websocket();
    config.http_versions = HttpVersions::only(http2);
    Scenario race = started({"192.0.2.1"}, config);

    race.connected(1, http2).settings(1, kNothing);
    race.says("cancel 1", "failed: not supported");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2: settings not supported"}));
}

TEST(RaceSession, Http3WithoutExtendedConnectIsCancelledAndTheNextIsTried) {
    Scenario race = started_http3(websocket());

    race.connected(1, http3).settings(1, kNothing);
    race.says("cancel 1", "attempt 2 192.0.2.1:443 h2+h1");
}

TEST(RaceSession, UnsuitableSettingsAreCancelledAndASecondConnectionWins) {
    NetworkConfig config = websocket();
    config.http_versions = HttpVersions::only(http2);
    Scenario race = started({"192.0.2.1", "192.0.2.2"}, config);
    race.connected(1, http2).at(250ms).says("attempt 2 192.0.2.2:443 h2");

    race.connected(2, http2).settings(1, kNothing).says("cancel 1");
    race.settings(2, kExtendedConnect).says("establish 2 websocket over h2");
    race.session(2, established).says("succeeded 2 h2");
}

TEST(RaceSession, ASessionThatFailsIsCancelledAndTheNextIsTried) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http1).skip();

    race.session(1, failed, "malformed").says("cancel 1", "attempt 2 192.0.2.2:443 h2+h1");
    race.fails(2).says("failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2+h1: session failed: malformed",
                                     "attempt 2 192.0.2.2:443 h2+h1: transport failed: refused"}));
}

TEST(RaceSession, ASessionThatHttp2DoesNotSupportIsTriedAsHttp1) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kExtendedConnect).skip();

    race.session(1, not_supported, "501");
    race.says("cancel 1", "attempt 2 192.0.2.1:443 h1 (h1 fallback)");
}

TEST(RaceSession, WhenNobodySupportsItTheReasonSaysSo) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kNothing).connected(2, http1).skip();

    race.session(2, not_supported).says("cancel 2", "failed: not supported");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2+h1: settings not supported",
                                     "attempt 2 192.0.2.1:443 h1: session not supported"}));
}

TEST(RaceSession, WantOfSupportDoesNotHideAFailedConnection) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kNothing).skip();

    race.fails(2, "refused").says("failed: connection");
}

TEST(RaceSession, ATransportThatDiesInALaterPhaseNeedsNoCancel) {
    Scenario race = started({"192.0.2.1"}, websocket_over(http2));
    race.connected(1, http2).says();

    race.fails(1, "reset").says("failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2: settings failed: reset"}));
}

TEST(RaceSession, SettingsHaveADeadline) {
    NetworkConfig config = websocket_over(http2);
    config.settings_timeout = 1s;
    Scenario race = started({"192.0.2.1"}, config);
    race.at(100ms).connected(1, http2).says();

    race.at(1099ms).says();
    race.at(1100ms).says("cancel 1", "failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2: settings timed out"}));
}

TEST(RaceSession, TheSessionHasADeadline) {
    NetworkConfig config = websocket();
    config.session_timeout = 1s;
    Scenario race = started({"192.0.2.1"}, config);
    race.at(100ms).connected(1, http1).skip();

    race.at(1099ms).says();
    race.at(1100ms).says("cancel 1", "failed: connection");
    EXPECT_EQ(race.reports(), (Lines{"attempt 1 192.0.2.1:443 h2+h1: session timed out"}));
}

TEST(RaceSession, ConnectingExtendsTheTimerOfTheNextAttempt) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});

    race.at(200ms).connected(1, http2).says();
    race.at(400ms).settings(1, kExtendedConnect).says("establish 1 websocket over h2");
    race.at(649ms).says();
    race.at(650ms).says("attempt 2 192.0.2.2:443 h2+h1");
}

TEST(RaceSession, SessionsToDifferentAddressesRaceAndTheSecondMayWin) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http1).at(250ms).connected(2, http1);
    race.says("establish 1 websocket over h1", "attempt 2 192.0.2.2:443 h2+h1",
              "establish 2 websocket over h1");

    race.session(2, established).says("cancel 1", "succeeded 2 h1");
}

TEST(RaceSession, SessionsToDifferentAddressesRaceAndTheFirstMayWin) {
    Scenario race = started({"192.0.2.1", "192.0.2.2"});
    race.connected(1, http1).at(250ms).connected(2, http1).skip();

    race.session(1, established).says("cancel 2", "succeeded 1 h1");
}

// RFC 6455 section 4.1.
TEST(RaceSession, WebSocketsToOneAddressAreMadeOneAfterTheOther) {
    Scenario race = started_http3(websocket());
    race.at(250ms).says("attempt 2 192.0.2.1:443 h2+h1");
    race.connected(1, http3).settings(1, kExtendedConnect).says("establish 1 websocket over h3");

    race.connected(2, http1).says();
    race.session(1, failed).says("cancel 1", "establish 2 websocket over h1");
}

TEST(RaceSession, ATransportThatDiesPassesItsTurnOn) {
    Scenario race = started_http3(websocket());
    race.at(250ms).connected(1, http3).settings(1, kExtendedConnect).connected(2, http1).skip();

    race.fails(1).says("establish 2 websocket over h1");
}

TEST(RaceSession, ASessionThatTimesOutPassesItsTurnOn) {
    Scenario race = started_http3(websocket());
    race.at(250ms).connected(1, http3).settings(1, kExtendedConnect).connected(2, http1).skip();

    race.at(10'250ms).says("cancel 1", "establish 2 websocket over h1");
}

TEST(RaceSession, WebTransportsToOneAddressRace) {
    NetworkConfig config = webtransport();
    Scenario race = started_http3(config);
    race.at(250ms).says("attempt 2 192.0.2.1:443 h2");

    race.connected(1, http3).settings(1, kWebTransport).says("establish 1 webtransport over h3");
    race.connected(2, http2).settings(2, kWebTransport).says("establish 2 webtransport over h2");
}

TEST(RaceSession, WebTransportOverHttp3) {
    Scenario race = started_http3(webtransport());

    race.connected(1, http3).settings(1, kWebTransport).says("establish 1 webtransport over h3");
    race.session(1, established).says("succeeded 1 h3");
}

TEST(RaceSession, WebTransportOverHttp2) {
    NetworkConfig config = webtransport();
    config.http_versions.http3 = false;
    Scenario race = started({"192.0.2.1"}, config);

    race.connected(1, http2).settings(1, kWebTransport).says("establish 1 webtransport over h2");
    race.session(1, established).says("succeeded 1 h2");
}

TEST(RaceSession, WebTransportNeedsItsOwnSetting) {
    NetworkConfig config = webtransport();
    config.http_versions = HttpVersions::only(http3);
    Scenario race = started({"192.0.2.1"}, config);

    race.connected(1, http3)
        .settings(1, kExtendedConnect)
        .says("cancel 1", "failed: not supported");
}

TEST(RaceSession, WebTransportNeverTriesHttp1AndGoesToHttp3WithoutARecord) {
    Scenario race = started({"192.0.2.1"}, webtransport());

    race.fails(1).says("attempt 2 192.0.2.1:443 h2");
    race.connected(2, http2).settings(2, kNothing).says("cancel 2", "failed: connection");
    EXPECT_EQ(race.witness().attempts.front().endpoint.to_string(), "192.0.2.1:443 h3");
}

TEST(RaceSession, WebTransportOverHttp1AloneCannotBe) {
    NetworkConfig config = webtransport();
    config.http_versions = HttpVersions::only(http1);
    Scenario race(config);

    race.says("failed: no protocol");
}

TEST(RaceSession, EventsAfterCancellationAreIgnored) {
    Scenario race = started({"192.0.2.1"});
    race.connected(1, http2).settings(1, kNothing).skip();

    race.settings(1, kExtendedConnect).session(1, established).connected(1, http2).fails(1).says();
    race.connected(2, http1).session(2, established);
    race.says("remember h1 only", "establish 2 websocket over h1", "succeeded 2 h1");
}

TEST(RaceSession, AResultWithoutARequestIsIgnored) {
    Scenario race = started({"192.0.2.1"});

    race.session(1, established).connected(1, http2).session(1, rejected).says();
}

TEST(RaceSession, APlainConnectionHasNoSession) {
    Scenario race = started({"192.0.2.1"}, NetworkConfig{});

    race.settings(1, kNothing).connected(1, http2).says("succeeded 1 h2");
}

}  // namespace
