// SPDX-License-Identifier: MIT
#include <initializer_list>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story.hpp"

namespace tautline::taut {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Events = std::initializer_list<observe::Event>;

std::vector<std::string> told_of(Events events, Events before = {}) {
    std::vector<std::string> lines;
    Story story([&lines](const std::string& line) { lines.push_back(line); });
    for (const auto& event : before) story.observe(event, {});
    lines.clear();
    for (const auto& event : events) story.observe(event, {});
    return lines;
}

std::vector<std::string> told(const observe::Event& event) { return told_of({event}); }

TEST(Story, TheRequestIsShownAsItIsSent) {
    const http::RequestHead request{
        .method = "GET", .target = "/feed", .fields = {{"Host", "example.org"}}};

    EXPECT_THAT(told(observe::RequestSent{request}),
                ElementsAre("> GET /feed HTTP/1.1", "> Host: example.org", ">"));
}

TEST(Story, ARequestOfHttp2IsShownAsItIsSent) {
    const http::RequestHead request{.method = "CONNECT",
                                    .target = "/feed?token=secret",
                                    .fields = {{"Host", "example.org"}, {"Origin", "null"}},
                                    .version_major = 2};

    EXPECT_THAT(told(observe::RequestSent{request}),
                ElementsAre("> :method: CONNECT", "> :protocol: websocket", "> :scheme: https",
                            "> :authority: example.org", "> :path: /feed?[left out]",
                            "> Origin: null", ">"));
}

TEST(Story, TheResponseIsShownAsItCame) {
    const http::ResponseHead response{
        .status = 101, .reason = "Switching Protocols", .fields = {{"Upgrade", "websocket"}}};

    EXPECT_THAT(told(observe::ResponseReceived{response}),
                ElementsAre("< HTTP/1.1 101 Switching Protocols", "< Upgrade: websocket", "<"));
}

TEST(Story, SecretsAreLeftOut) {
    const http::RequestHead request{.method = "GET",
                                    .target = "/",
                                    .fields = {{"authorization", "Basic c2VjcmV0"},
                                               {"Cookie", "secret"},
                                               {"Proxy-Authorization", "secret"}}};
    const http::ResponseHead response{.status = 101, .fields = {{"Set-Cookie", "secret"}}};

    for (const auto& line : told(observe::RequestSent{request})) {
        EXPECT_THAT(line, testing::Not(testing::AnyOf(HasSubstr("c2Vj"), HasSubstr("secret"))));
    }
    EXPECT_THAT(told(observe::ResponseReceived{response}),
                ElementsAre(HasSubstr("101"), "< Set-Cookie: [left out]", "<"));
}

TEST(Story, QueriesAreLeftOut) {
    const http::RequestHead request{.method = "GET", .target = "/a?token=secret", .fields = {}};
    const http::ResponseHead response{
        .status = 302, .reason = "Found", .fields = {{"location", "/b?token=secret"}}};

    EXPECT_THAT(told(observe::RequestSent{request}),
                ElementsAre("> GET /a?[left out] HTTP/1.1", ">"));
    EXPECT_THAT(told(observe::ResponseReceived{response}),
                ElementsAre("< HTTP/1.1 302 Found", "< location: /b?[left out]", "<"));
}

TEST(Story, WhatTheServerSaysIsMadeHarmless) {
    const http::ResponseHead response{
        .status = 101, .reason = "\x1b[2J", .fields = {{"X", "\u009b31m"}}};

    EXPECT_THAT(told(observe::ResponseReceived{response}),
                ElementsAre("< HTTP/1.1 101 \\e[2J", "< X: \\u{9b}31m", "<"));
}

TEST(Story, TheWayToTheServerIsTold) {
    EXPECT_THAT(told(observe::ConnectStarted{"[::1]:80"}), ElementsAre("* connecting to [::1]:80"));
    EXPECT_THAT(told(observe::ConnectEnded{"[::1]:80", {}}),
                ElementsAre("* connected to [::1]:80"));
    EXPECT_THAT(
        told(observe::ConnectEnded{"[::1]:80", make_error_code(std::errc::connection_refused)}),
        ElementsAre(HasSubstr("[::1]:80 failed: ")));
    EXPECT_THAT(told(observe::TlsStarted{"example.org"}),
                ElementsAre("* speaking TLS with example.org"));
}

std::vector<std::string> answered(eyeballs::RecordType type, const eyeballs::Answer& answer) {
    const eyeballs::SendQuery query{
        .id = {}, .name = "example.org", .type = type, .allow_stale = false};
    return told(observe::QueryAnswered{query, answer});
}

TEST(Story, AnswersAboutTheNameAreTold) {
    using enum eyeballs::RecordType;
    EXPECT_THAT(answered(aaaa, std::vector<IpAddress>{}),
                ElementsAre("* AAAA of example.org: none"));
    EXPECT_THAT(answered(a, std::vector{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("::1")}),
                ElementsAre("* A of example.org: 192.0.2.1, ::1"));
    const std::vector<dns::ServiceRecord> records = {
        {.target = "b.example", .alpn = {"h2", "http/1.1"}, .port = 8443},
        {.target = "c\x1b", .alpn = {"h2"}}};
    EXPECT_THAT(answered(https, records),
                ElementsAre("* HTTPS of example.org: b.example:8443 h2, http/1.1; c\\e h2"));
    EXPECT_THAT(answered(https, std::vector<dns::ServiceRecord>{}),
                ElementsAre("* HTTPS of example.org: none"));
    EXPECT_THAT(answered(https, eyeballs::Alias{"b"}),
                ElementsAre("* HTTPS of example.org: the same as of b"));
    EXPECT_THAT(answered(a, eyeballs::LookupFailed{{.message = "refused"}}),
                ElementsAre("* A of example.org: no answer: refused"));
}

TEST(Story, QuestionsAboutTheNameAreTold) {
    const eyeballs::SendQuery one{eyeballs::QueryId(1), "x", eyeballs::RecordType::aaaa, false};
    const eyeballs::SendQuery two{eyeballs::QueryId(2), "x\x1b", eyeballs::RecordType::a, false};
    const eyeballs::Output ask_one = one;
    const eyeballs::Output ask_two = two;
    const eyeballs::Output cancel_one = eyeballs::CancelQuery{eyeballs::QueryId(1)};
    const eyeballs::Output cancel_two = eyeballs::CancelQuery{eyeballs::QueryId(2)};
    const eyeballs::Answer none = std::vector<IpAddress>{};

    EXPECT_THAT(told_of({observe::RaceStep{ask_one}, observe::RaceStep{ask_two},
                         observe::QueryAnswered{two, none}, observe::RaceStep{cancel_one},
                         observe::RaceStep{cancel_two}}),
                ElementsAre("* asking for AAAA of x", "* asking for A of x\\e", "* A of x\\e: none",
                            "* AAAA of x: no answer yet"));
}

const eyeballs::Endpoint kEndpoint{.target = IpEndpoint{*IpAddress::parse("::1"), 80},
                                   .protocol = eyeballs::Protocol::http1,
                                   .ech = {}};

TEST(Story, AttemptsAreTold) {
    const eyeballs::Output start = eyeballs::StartAttempt{.id = eyeballs::AttemptId(3),
                                                          .endpoint = kEndpoint,
                                                          .kind = eyeballs::AttemptKind::planned};
    const eyeballs::Output cancel = eyeballs::CancelAttempt{eyeballs::AttemptId(3)};

    EXPECT_THAT(told_of({observe::RaceStep{start}, observe::RaceStep{cancel}}),
                ElementsAre("* attempt 3: [::1]:80 h1", "* attempt 3 given up: no connection yet"));
}

const Error kExpired{.code = TransportError::certificate_rejected,
                     .phase = Phase::tls,
                     .message = "the certificate has expired\x1b"};

// Two attempts are started, and what else happens.
std::vector<std::string> told_of_two(Events events) {
    const auto start = [](std::uint64_t id) -> eyeballs::Output {
        return eyeballs::StartAttempt{
            .id = eyeballs::AttemptId(id), .endpoint = kEndpoint, .kind = {}};
    };
    const auto one = start(1);
    const auto two = start(2);
    return told_of(events, {observe::RaceStep{one}, observe::RaceStep{two}});
}

TEST(Story, TheLinesOfSeveralAttemptsAreTheirs) {
    const transport::StreamInfo info{
        .tls_version = "TLSv1.3", .tls_cipher = "AES", .peer_subject = "CN=x"};
    const eyeballs::AttemptId two(2);

    EXPECT_THAT(told_of_two({observe::ConnectStarted{"a", two}, observe::ConnectEnded{"a", {}, two},
                             observe::TlsStarted{"x", two}, observe::TlsEnded{&info, nullptr, two},
                             observe::SettingsReceived{true, two}}),
                ElementsAre("* [2] connecting to a", "* [2] connected to a",
                            "* [2] speaking TLS with x", "* [2] TLSv1.3, AES, certificate of CN=x",
                            "* [2] the HTTP/2 server takes WebSockets"));
    EXPECT_THAT(told_of_two({observe::ProxyStarted{"http://p", "x:1", two},
                             observe::ProxyEnded{"http://p", &kExpired, two}}),
                ElementsAre("* [2] asking http://p for a tunnel to x:1",
                            "* [2] http://p failed: the certificate has expired\\e"));
    EXPECT_THAT(told_of_two({observe::TlsEnded{nullptr, &kExpired, two}}),
                ElementsAre("* [2] TLS failed: the certificate has expired\\e"));
}

TEST(Story, WhoIsAskedAndWhoAnswersIsTold) {
    const eyeballs::AttemptId two(2);
    const eyeballs::Output ask =
        eyeballs::EstablishSession{.id = two, .version = {}, .session = {}};
    const eyeballs::Output won =
        eyeballs::Succeeded{.id = two, .version = {}, .endpoint = kEndpoint};
    const http::ResponseHead response{.status = 101, .reason = "", .fields = {}};

    EXPECT_THAT(told_of_two({observe::RaceStep{ask}, observe::ResponseReceived{response, two},
                             observe::RaceStep{won}}),
                ElementsAre("* [2] asked for the WebSocket", "* [2] answered", "< HTTP/1.1 101",
                            "<", "* attempt 2 won"));
}

TEST(Story, OfTwoThatWereAskedItIsToldWhoAnswers) {
    const eyeballs::Output ask_one = eyeballs::EstablishSession{eyeballs::AttemptId(1), {}, {}};
    const eyeballs::Output ask_two = eyeballs::EstablishSession{eyeballs::AttemptId(2), {}, {}};
    const http::ResponseHead response{.status = 101, .reason = "", .fields = {}};

    EXPECT_THAT(told_of_two({observe::RaceStep{ask_one}, observe::RaceStep{ask_two},
                             observe::ResponseReceived{response, eyeballs::AttemptId(1)}}),
                ElementsAre("* [1] asked for the WebSocket", "* [2] asked for the WebSocket",
                            "* [1] answered", "< HTTP/1.1 101", "<"));
    // Nobody of the race was asked over a connection that was open already.
    EXPECT_THAT(told_of_two({observe::ResponseReceived{response}}),
                ElementsAre("< HTTP/1.1 101", "<"));
}

// What is told when the second attempt is given up after `event`.
std::string given_up_after(const observe::Event& event) {
    const eyeballs::Output cancel = eyeballs::CancelAttempt{eyeballs::AttemptId(2)};
    return told_of_two({event, observe::RaceStep{cancel}}).back();
}

TEST(Story, AnAttemptThatIsGivenUpSaysWhatItWaitedFor) {
    const eyeballs::AttemptId two(2);
    const transport::StreamInfo info{.alpn = "h2"};
    const eyeballs::Output ask =
        eyeballs::EstablishSession{.id = two, .version = {}, .session = {}};

    const std::string given_up = "* attempt 2 given up: ";
    EXPECT_EQ(given_up_after(observe::ConnectStarted{"a", two}), given_up + "no connection yet");
    EXPECT_EQ(given_up_after(observe::ProxyStarted{"p", "x", two}), given_up + "no tunnel yet");
    EXPECT_EQ(given_up_after(observe::TlsStarted{"x", two}), given_up + "no TLS yet");
    EXPECT_EQ(given_up_after(observe::TlsEnded{&info, nullptr, two}), given_up + "no SETTINGS yet");
    EXPECT_EQ(given_up_after(observe::ConnectEnded{"a", {}, two}),
              given_up + "connected, but not asked for a WebSocket");
    EXPECT_EQ(given_up_after(observe::RaceStep{ask}), given_up + "no answer yet");
}

TEST(Story, AnAttemptThatFailedIsToldOnce) {
    const eyeballs::AttemptId two(2);
    const eyeballs::Output ask =
        eyeballs::EstablishSession{.id = two, .version = {}, .session = {}};
    const eyeballs::Output cancel = eyeballs::CancelAttempt{two};
    const observe::Event failed = observe::AttemptFailed{kExpired, two};

    EXPECT_THAT(told_of_two({observe::RaceStep{ask}, failed, observe::RaceStep{cancel}}),
                ElementsAre("* [2] asked for the WebSocket",
                            "* [2] failed: the certificate has expired\\e"));
    EXPECT_THAT(told_of_two({observe::TlsEnded{nullptr, &kExpired, two}, failed}),
                ElementsAre(HasSubstr("* [2] TLS failed")));
    EXPECT_THAT(told_of_two({observe::SettingsReceived{false, two}, observe::RaceStep{cancel}}),
                ElementsAre("* [2] the HTTP/2 server takes no WebSockets"));
}

TEST(Story, AFailureOfTheOnlyAttemptIsToldByTheTool) {
    const eyeballs::Output start =
        eyeballs::StartAttempt{.id = eyeballs::AttemptId(1), .endpoint = kEndpoint, .kind = {}};

    EXPECT_THAT(told_of({observe::RaceStep{start},
                         observe::AttemptFailed{kExpired, eyeballs::AttemptId(1)}}),
                testing::SizeIs(1));
}

TEST(Story, AttemptsAreCountedAnewInEachRace) {
    const eyeballs::AttemptId one(1);
    const eyeballs::Output start =
        eyeballs::StartAttempt{.id = one, .endpoint = kEndpoint, .kind = {}};

    EXPECT_EQ(told_of_two({observe::RaceStep{start}, observe::ConnectStarted{"a", one}}).back(),
              "* connecting to a");
}

TEST(Story, TheAgreementOfTlsIsTold) {
    const transport::StreamInfo info{
        .tls_version = "TLSv1.3", .tls_cipher = "AES", .peer_subject = "CN=x\x1b"};

    EXPECT_THAT(told(observe::TlsEnded{&info, nullptr}),
                ElementsAre("* TLSv1.3, AES, certificate of CN=x\\e"));
}

TEST(Story, Http2IsToldAsWhatItIs) {
    const transport::StreamInfo info{
        .tls_version = "TLSv1.3", .tls_cipher = "AES", .alpn = "h2", .peer_subject = "CN=x"};
    const http::ResponseHead response{
        .status = 200, .reason = "", .fields = {}, .version_major = 2};

    EXPECT_THAT(told(observe::TlsEnded{&info, nullptr}),
                ElementsAre("* TLSv1.3, AES, h2, certificate of CN=x"));
    EXPECT_THAT(told(observe::SettingsReceived{true}),
                ElementsAre("* the HTTP/2 server takes WebSockets"));
    EXPECT_THAT(told(observe::SettingsReceived{false}),
                ElementsAre("* the HTTP/2 server takes no WebSockets"));
    EXPECT_THAT(told(observe::ResponseReceived{response}), ElementsAre("< HTTP/2 200", "<"));
}

TEST(Story, AFailureIsToldByTheTool) {
    const Error error{.code = TransportError::tls_failed, .phase = Phase::tls};
    EXPECT_THAT(told(observe::TlsEnded{nullptr, &error}), ElementsAre(HasSubstr("* TLS failed: ")));
    EXPECT_THAT(told(observe::CallFailed{error}), IsEmpty());
    EXPECT_THAT(told(observe::CallStarted{"ws://x/"}), IsEmpty());
}

TEST(Story, WhatWasAgreedIsTold) {
    EXPECT_THAT(told(observe::Opened{"json", true}),
                ElementsAre("* open, subprotocol json, compressed"));
    EXPECT_THAT(told(observe::Opened{"", false}), ElementsAre("* open"));
}

TEST(Story, MessagesAndControlFramesAreCounted) {
    EXPECT_THAT(told(observe::MessageSent{MessageType::text, 5}),
                ElementsAre("* sent text, 5 bytes"));
    EXPECT_THAT(told(observe::MessageReceived{MessageType::binary, 6}),
                ElementsAre("* received binary, 6 bytes"));
    EXPECT_THAT(told(observe::PingSent{1}), ElementsAre("* sent ping, 1 bytes"));
    EXPECT_THAT(told(observe::PingReceived{2}), ElementsAre("* received ping, 2 bytes"));
    EXPECT_THAT(told(observe::PongSent{2}), ElementsAre("* sent pong, 2 bytes"));
    EXPECT_THAT(told(observe::PongReceived{std::chrono::microseconds(1500)}),
                ElementsAre("* received pong after 1.50 ms"));
    EXPECT_THAT(told(observe::PongReceived{}), ElementsAre(HasSubstr("nobody asked for")));
}

TEST(Story, TheEndIsTold) {
    const Closed closed{.code = CloseCode::normal, .clean = true, .by_peer = true};
    EXPECT_THAT(told(observe::ClosingStarted{CloseCode::normal, true}),
                ElementsAre("* the server began to close with 1000"));
    EXPECT_THAT(told(observe::ClosingStarted{CloseCode::normal, false}),
                ElementsAre("* taut began to close with 1000"));
    EXPECT_THAT(told(observe::SessionClosed{closed}),
                ElementsAre("* closed by the server: 1000 normal"));
}

}  // namespace
}  // namespace tautline::taut
