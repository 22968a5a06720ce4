// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/output.hpp>

#include <gtest/gtest.h>

using namespace tautline;
using namespace tautline::eyeballs;

namespace {

Endpoint endpoint() {
    return {IpEndpoint{IpAddress::parse("192.0.2.1").value(), 443}, Protocol::http3, {}};
}

TEST(Output, IsWrittenInALine) {
    const AttemptId id(2);
    const QueryId query(3);
    EXPECT_EQ(to_string(SendQuery{query, "a.example", RecordType::aaaa, false}),
              "query 3 AAAA a.example");
    EXPECT_EQ(to_string(SendQuery{query, "a.example", RecordType::https, true}),
              "query 3 HTTPS a.example (stale)");
    EXPECT_EQ(to_string(CancelQuery{query}), "cancel query 3");
    EXPECT_EQ(to_string(StartAttempt{id, endpoint(), AttemptKind::planned}),
              "attempt 2 192.0.2.1:443 h3");
    EXPECT_EQ(to_string(StartAttempt{id, endpoint(), AttemptKind::ech_retry}),
              "attempt 2 192.0.2.1:443 h3 (ech retry)");
    EXPECT_EQ(to_string(EstablishSession{id, HttpVersion::http3, SessionKind::webtransport}),
              "establish 2 webtransport over h3");
    EXPECT_EQ(to_string(CancelAttempt{id}), "cancel 2");
    EXPECT_EQ(to_string(RememberHttp1Only{}), "remember h1 only");
    EXPECT_EQ(to_string(Succeeded{id, HttpVersion::http3, endpoint()}), "succeeded 2 h3");
    EXPECT_EQ(to_string(Failed{FailureReason::rejected, {}, {}}), "failed: rejected");
}

TEST(AttemptReport, IsWrittenInALine) {
    AttemptReport report{AttemptId(1), endpoint(), AttemptPhase::transport, AttemptEnd::timed_out,
                         Error{}};
    EXPECT_EQ(report.to_string(), "attempt 1 192.0.2.1:443 h3: transport timed out");

    report.end = AttemptEnd::failed;
    report.error.message = "refused";
    EXPECT_EQ(report.to_string(), "attempt 1 192.0.2.1:443 h3: transport failed: refused");
}

TEST(Output, HasANameForEveryValue) {
    EXPECT_EQ(name_for(RecordType::a), "A");
    EXPECT_EQ(name_for(AttemptKind::planned), "planned");
    EXPECT_EQ(name_for(AttemptKind::http1_fallback), "h1 fallback");
    EXPECT_EQ(name_for(AttemptKind::unprocessed_retry), "retry");
    EXPECT_EQ(name_for(SessionKind::none), "none");
    EXPECT_EQ(name_for(SessionKind::websocket), "websocket");
    EXPECT_EQ(name_for(AttemptPhase::settings), "settings");
    EXPECT_EQ(name_for(AttemptPhase::session), "session");
    EXPECT_EQ(name_for(AttemptEnd::not_supported), "not supported");
    EXPECT_EQ(name_for(AttemptEnd::rejected), "rejected");
    EXPECT_EQ(name_for(AttemptEnd::ech_retry), "ech retry");
    EXPECT_EQ(name_for(AttemptEnd::cancelled), "cancelled");
    EXPECT_EQ(name_for(FailureReason::no_protocol), "no protocol");
    EXPECT_EQ(name_for(FailureReason::no_address), "no address");
    EXPECT_EQ(name_for(FailureReason::connection), "connection");
    EXPECT_EQ(name_for(FailureReason::not_supported), "not supported");
    EXPECT_EQ(name_for(FailureReason::abandoned), "abandoned");
}

}  // namespace
