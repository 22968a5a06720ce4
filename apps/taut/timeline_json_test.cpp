// SPDX-License-Identifier: MIT
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
    EXPECT_THAT(lines, HasSubstr(R"({"type":"row","name":"A example.org","outcome":"fine",)"));
    EXPECT_THAT(lines, HasSubstr(R"("stage":"TLS","begin_ms":270,"end_ms":290})"));
    EXPECT_THAT(lines, HasSubstr(R"({"type":"result","url":"wss://example.org/","opened":true)"));
}

}  // namespace
}  // namespace tautline::taut
