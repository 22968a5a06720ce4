// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/told_timeline.hpp>

#include "timeline_json.hpp"

namespace tautline::taut {
namespace {

using test::Race;
using testing::HasSubstr;

TEST(TimelineJson, SaysEverythingInLines) {
    const Race race;
    const auto lines = draw_json(race.timeline);
    EXPECT_THAT(lines, HasSubstr(R"({"type":"row","id":1,"name":"A example.org","record":"A",)"
                                 R"("host":"example.org","outcome":"fine","note":"192.0.2.1",)"
                                 R"("reason":""})"));
    EXPECT_THAT(lines,
                HasSubstr(R"("attempt":1,"address":"192.0.2.1:443","protocol":"h2+h1",)"
                          R"("outcome":"given up","note":"","reason":"no connection yet"})"));
    EXPECT_THAT(lines, HasSubstr(R"("stage":"TLS","begin_ms":270,"end_ms":290})"));
    EXPECT_THAT(lines, HasSubstr(R"({"type":"result","url":"wss://example.org/","opened":true)"));
}

TEST(TimelineJson, TellsAFailureInTheFieldsOfConnect) {
    test::Told told;
    told.after({}, observe::CallStarted{"ws://x/"});
    const Error error{.code = HandshakeError::rejected,
                      .phase = Phase::handshake,
                      .endpoint = "x:80",
                      .message = "no",
                      .refusal = std::make_shared<Refusal>(Refusal{.status = 403})};
    told.after({}, observe::CallFailed{error});
    EXPECT_THAT(draw_json(told.timeline),
                HasSubstr(R"("phase":"handshake","error":"rejected","message":"no",)"
                          R"("endpoint":"x:80","status":403})"));
    EXPECT_THAT(draw_json(Race().timeline), testing::Not(HasSubstr(R"("phase")")));
}

// A redirect to another origin begins a race whose attempts have the numbers of the first.
TEST(TimelineJson, TellsRowsOfTheSameNameApart) {
    test::Told told;
    for (int race = 0; race < 2; ++race) {
        told.step({}, eyeballs::StartAttempt{test::AttemptId(1), test::endpoint(1), {}});
    }
    const auto lines = draw_json(told.timeline);
    for (const char* id : {"1", "2"}) {
        for (const char* type : {"row", "stretch"}) {
            EXPECT_THAT(lines, HasSubstr(std::string(R"({"type":")") + type + R"(","id":)" + id));
        }
    }
}

}  // namespace
}  // namespace tautline::taut
