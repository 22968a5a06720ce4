// SPDX-License-Identifier: MIT
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/told_timeline.hpp>

#include "timeline.hpp"

namespace tautline::taut {
namespace {

using namespace std::chrono_literals;
using eyeballs::AttemptId;
using eyeballs::QueryId;
using test::endpoint;
using test::Race;
using test::Told;
using testing::HasSubstr;
using testing::Not;

TEST(Timeline, HasARowForEachQueryWithItsAnswer) {
    const Race race;
    EXPECT_EQ(race.row(0).name, "A example.org");
    EXPECT_EQ(race.row(0).outcome, Outcome::fine);
    EXPECT_EQ(race.row(0).note, "192.0.2.1");
    EXPECT_EQ(race.row(0).stretches.at(0).begin, 1ms);
    EXPECT_EQ(race.row(0).stretches.at(0).end, 10ms);
}

TEST(Timeline, HasARowForEachAttempt) {
    const Race race;
    EXPECT_EQ(race.row(1).name, "1 192.0.2.1:443 h2+h1");
    EXPECT_EQ(race.row(1).outcome, Outcome::given_up);
    EXPECT_EQ(race.row(1).reason, "no connection yet");
    EXPECT_EQ(race.row(2).outcome, Outcome::won);
    EXPECT_EQ(race.row(2).note, "TLSv1.3, h2, status 200");
}

TEST(Timeline, PutsTheStagesOfAnAttemptSideBySide) {
    const Race race;
    std::vector<std::pair<Stage, Duration>> seen;
    for (const auto& part : race.row(2).stretches) {
        seen.emplace_back(part.stage, *part.end - part.begin);
    }
    EXPECT_THAT(seen, testing::ElementsAre(std::pair{Stage::connect, Duration(10ms)},
                                           std::pair{Stage::tls, Duration(20ms)},
                                           std::pair{Stage::settings, Duration(5ms)},
                                           std::pair{Stage::session, Duration(5ms)}));
}

TEST(Timeline, EndsWhenTheConnectionIsOpen) {
    Race race;
    race.after(1h, observe::MessageReceived{MessageType::text, 1});
    EXPECT_TRUE(race.timeline.opened());
    EXPECT_EQ(race.timeline.total(), 300ms);
    EXPECT_EQ(race.timeline.verdict(), "open, subprotocol chat, compressed");
    EXPECT_EQ(race.timeline.url(), "wss://example.org/");
}

TEST(Timeline, EndsTheSettingsWhereTheyCame) {
    Told told;
    told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    const transport::StreamInfo info{.tls_version = "TLSv1.3", .alpn = "h2"};
    told.after(1ms, observe::TlsEnded{&info, nullptr, AttemptId(1)});
    told.after(2ms, observe::SettingsReceived{false, AttemptId(1)});
    told.after(0ms, observe::SettingsReceived{true, AttemptId(7)});
    told.step(5ms, eyeballs::CancelAttempt{AttemptId(1)});

    const Stretch& settings = told.row(0).stretches.at(1);
    EXPECT_EQ(settings.stage, Stage::settings);
    EXPECT_EQ(*settings.end - settings.begin, 2ms);
    EXPECT_EQ(told.row(0).note, "TLSv1.3, h2");
    EXPECT_EQ(told.row(0).reason, "no WebSockets over HTTP/2");
}

TEST(Timeline, KeepsTheFirstReasonOfAFailure) {
    Told told;
    told.after(0ms, observe::CallStarted{"ws://x/"});
    told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    const auto refused = make_error_code(std::errc::connection_refused);
    told.after(1ms, observe::ConnectEnded{"192.0.2.1:443", refused, AttemptId(1)});
    told.step(1ms, eyeballs::CancelAttempt{AttemptId(1)});
    const Error error{.code = refused, .message = "nobody there. Tried: attempt 1"};
    told.after(0ms, observe::CallFailed{error});

    EXPECT_EQ(told.row(0).outcome, Outcome::failed);
    EXPECT_EQ(told.row(0).reason, refused.message());
    EXPECT_FALSE(told.timeline.opened());
    EXPECT_THAT(told.timeline.verdict(), HasSubstr("nobody there."));
    EXPECT_THAT(told.timeline.verdict(), Not(HasSubstr("Tried")));
}

TEST(Timeline, KeepsWhatCanBeDoneBehindWhatWasTried) {
    Told told;
    const Error error{.code = TransportError::certificate_rejected,
                      .phase = Phase::tls,
                      .message = "not trusted. Tried: attempt 1; attempt 2"};
    told.after(0ms, observe::CallFailed{error});
    EXPECT_EQ(told.timeline.verdict(),
              "tls: not trusted.\n  --insecure goes on without any protection.");
}

TEST(Timeline, TakesWhatOnlyTheEndTellsFromThere) {
    Told told;
    told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    eyeballs::Failed failed{.reason = eyeballs::FailureReason::connection,
                            .attempts = {{.id = AttemptId(1),
                                          .endpoint = endpoint(1),
                                          .phase = eyeballs::AttemptPhase::transport,
                                          .end = eyeballs::AttemptEnd::timed_out,
                                          .error = {}}},
                            .queries = {}};
    told.step(10s, failed);
    EXPECT_EQ(told.row(0).outcome, Outcome::failed);
    EXPECT_EQ(told.row(0).reason, eyeballs::name_for(eyeballs::AttemptEnd::timed_out));
}

TEST(Timeline, SaysWhereAttemptsStoodThatWereGivenUp) {
    Told told;
    eyeballs::Failed failed{
        .reason = eyeballs::FailureReason::abandoned, .attempts = {}, .queries = {}};
    const std::array ends = {eyeballs::AttemptEnd::timed_out, eyeballs::AttemptEnd::cancelled};
    for (std::uint8_t i = 0; i < 2; ++i) {
        const AttemptId id(i + 1U);
        told.step(0ms, eyeballs::StartAttempt{id, endpoint(i), {}});
        told.step(1s, eyeballs::CancelAttempt{id});
        failed.attempts.push_back(
            {.id = id,
             .endpoint = endpoint(i),
             .phase = eyeballs::AttemptPhase::transport,
             .end = ends.at(i),
             .error = {.code = TransportError::handshake_timeout, .phase = Phase::tls}});
    }
    told.step(0ms, failed);

    EXPECT_EQ(told.row(0).outcome, Outcome::failed);
    EXPECT_EQ(told.row(0).reason, "timed out (phase tls)");
    EXPECT_EQ(told.row(1).outcome, Outcome::given_up);
    EXPECT_EQ(told.row(1).reason, "no answer in time (phase tls)");
}

TEST(Timeline, SaysThatSettingsDidNotCome) {
    Told told;
    told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    const Error error{.code = TransportError::handshake_timeout, .phase = Phase::handshake};
    told.step(5s, eyeballs::Failed{.reason = eyeballs::FailureReason::connection,
                                   .attempts = {{.id = AttemptId(1),
                                                 .endpoint = endpoint(1),
                                                 .phase = eyeballs::AttemptPhase::settings,
                                                 .end = eyeballs::AttemptEnd::timed_out,
                                                 .error = error}},
                                   .queries = {}});
    EXPECT_EQ(told.row(0).reason, "timed out (phase SETTINGS)");
}

// An attempt to which `events` happen, and which is given up then because another one won.
std::string reason_after(std::initializer_list<observe::Event> events) {
    Told told;
    told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    for (const auto& event : events) told.after(1ms, event);
    told.step(1ms, eyeballs::CancelAttempt{AttemptId(1)});
    told.after(0ms, observe::Opened{"", false});
    EXPECT_EQ(told.row(0).outcome, Outcome::given_up);
    return told.row(0).reason;
}

TEST(Timeline, SaysWhatTheLosersOfARaceWaitedFor) {
    constexpr AttemptId one(1);
    const transport::StreamInfo h1{.tls_version = "TLSv1.3", .alpn = "http/1.1"};
    const transport::StreamInfo h2{.tls_version = "TLSv1.3", .alpn = "h2"};
    const eyeballs::Output ask = eyeballs::EstablishSession{one, {}, {}};
    const observe::ConnectEnded connected{"192.0.2.1:443", {}, one};

    EXPECT_EQ(reason_after({}), "no connection yet");
    EXPECT_EQ(reason_after({observe::ProxyStarted{"p", "x", one}}), "no tunnel yet");
    EXPECT_EQ(reason_after({connected, observe::TlsStarted{"x", one}}), "no TLS yet");
    EXPECT_EQ(reason_after({connected}), "connected, but not asked for a WebSocket");
    EXPECT_EQ(reason_after({observe::TlsStarted{"x", one}, observe::TlsEnded{&h1, nullptr, one}}),
              "connected, but not asked for a WebSocket");
    EXPECT_EQ(reason_after({observe::TlsEnded{&h2, nullptr, one}}), "no SETTINGS yet");
    EXPECT_EQ(reason_after({observe::RaceStep{ask}}), "no answer yet");
}

TEST(Timeline, TellsAFailureInItsOwnWords) {
    const Error error{.code = TransportError::certificate_rejected,
                      .phase = Phase::tls,
                      .message =
                          "it is self-signed and not trusted. Name it "
                          "(--cacert, TlsClientOptions::ca_file)."};
    for (const observe::Event& event :
         {observe::Event(observe::TlsEnded{nullptr, &error, AttemptId(1)}),
          observe::Event(observe::AttemptFailed{error, AttemptId(1)})}) {
        Told told;
        told.step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
        told.after(1ms, event);
        told.step(0ms, eyeballs::CancelAttempt{AttemptId(1)});

        EXPECT_EQ(told.row(0).outcome, Outcome::failed);
        EXPECT_EQ(told.row(0).reason, "it is self-signed and not trusted. Name it (--cacert).");
        EXPECT_EQ(told.row(0).summary(), "failed: it is self-signed and not trusted");
    }
}

TEST(Timeline, PutsAnAnswerWhereItWasAskedFor) {
    Told told;
    for (std::uint8_t i = 1; i <= 2; ++i) {
        told.step(1ms, eyeballs::StartAttempt{AttemptId(i), endpoint(i), {}});
        told.step(1ms, eyeballs::EstablishSession{AttemptId(i), {}, {}});
    }
    const http::ResponseHead head{.status = 101};
    told.after(1ms, observe::ResponseReceived{head, AttemptId(1)});
    told.step(0ms, eyeballs::CancelAttempt{AttemptId(2)});
    told.step(0ms, eyeballs::Succeeded{AttemptId(1), {}, endpoint(1)});

    EXPECT_EQ(told.row(0).summary(), "won: status 101");
    EXPECT_EQ(told.row(1).summary(), "given up: no answer yet");
}

TEST(Timeline, AnswersOverAConnectionThatWasOpenHaveNoRow) {
    Told told;
    told.step(1ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
    const http::ResponseHead head{.status = 200};
    told.after(1ms, observe::ResponseReceived{head});
    EXPECT_EQ(told.row(0).note, "");
}

TEST(Timeline, SaysWhatIsKnownBehindTheReason) {
    EXPECT_EQ((Row{.name = "",
                   .subject = {},
                   .outcome = Outcome::given_up,
                   .note = "TLSv1.3",
                   .reason = "no answer yet"})
                  .summary(),
              "given up: no answer yet (TLSv1.3)");
}

TEST(Timeline, SaysThatAQuestionHadNoAnswer) {
    Told told;
    const eyeballs::SendQuery query{QueryId(1), "x", eyeballs::RecordType::aaaa, false};
    told.step(0ms, query);
    told.step(1ms, eyeballs::CancelQuery{QueryId(1)});
    EXPECT_EQ(told.row(0).summary(), "given up: no answer yet");

    told.step(0ms,
              eyeballs::Failed{
                  .reason = eyeballs::FailureReason::no_address,
                  .attempts = {},
                  .queries = {{.name = "x", .type = eyeballs::RecordType::aaaa, .error = {}}}});
    EXPECT_EQ(told.row(0).summary(), "failed: no answer in time");
}

TEST(Timeline, LeavesTheQuestionsOfAnEarlierRaceAsTheyWere) {
    Told told;
    const eyeballs::SendQuery query{QueryId(1), "x", eyeballs::RecordType::aaaa, false};
    for (int race = 0; race < 2; ++race) {
        told.step(0ms, query);
        told.step(1ms, eyeballs::CancelQuery{QueryId(1)});
    }
    told.step(0ms,
              eyeballs::Failed{
                  .reason = eyeballs::FailureReason::no_address,
                  .attempts = {},
                  .queries = {{.name = "x", .type = eyeballs::RecordType::aaaa, .error = {}}}});

    EXPECT_EQ(told.row(0).summary(), "given up: no answer yet");
    EXPECT_EQ(told.row(1).summary(), "failed: no answer in time");
}

// A Unix socket.
TEST(Timeline, HasARowForAWayWithoutARace) {
    Told told;
    const http::ResponseHead moved{.status = 302};
    const Error error{.code = HandshakeError::rejected, .message = "moved"};
    for (int request = 0; request < 2; ++request) {
        told.after(1ms, observe::ConnectStarted{"unix:/x"});
        told.after(1ms, observe::ConnectEnded{"unix:/x", {}});
        told.after(1ms, observe::RequestSent{{}});
        if (request == 0) told.after(0ms, observe::ResponseReceived{moved});
        if (request == 0) told.after(0ms, observe::AttemptFailed{error});
    }
    told.after(2ms, observe::ResponseReceived{{.status = 101}});
    told.after(0ms, observe::Opened{"", false});

    EXPECT_EQ(told.row(0).summary(), "failed: moved (status 302)");
    EXPECT_EQ(told.row(1).summary(), "won: status 101");
    EXPECT_EQ(told.row(1).name, "unix:/x");
    const Stretch& session = told.row(1).stretches.at(1);
    EXPECT_EQ(session.stage, Stage::session);
    EXPECT_EQ(*session.end - session.begin, 2ms);
}

TEST(Timeline, EndsAWayWithoutARaceWithItsCall) {
    Told told;
    told.after(0ms, observe::ConnectStarted{"unix:/x"});
    const Error late{.code = TransportError::handshake_timeout, .message = "too late. Why?"};
    told.after(1ms, observe::CallFailed{late});

    EXPECT_EQ(told.row(0).summary(), "given up: too late");
}

TEST(Timeline, LetsNothingOfAStrangerToTheTerminal) {
    Told told;
    const eyeballs::SendQuery query{QueryId(1), "a\x1b[2Jb", eyeballs::RecordType::a, false};
    told.step(0ms, query);
    EXPECT_THAT(told.row(0).name, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tautline::taut
