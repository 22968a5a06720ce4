// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/told_timeline.hpp>

#include "timeline_svg.hpp"

namespace tautline::taut {
namespace {

using test::Race;
using test::Told;
using testing::HasSubstr;

TEST(TimelineSvg, IsAPictureWithEveryRow) {
    const Race race;
    const auto svg = draw_svg(race.timeline);
    EXPECT_THAT(svg, testing::StartsWith("<svg xmlns="));
    EXPECT_THAT(svg, HasSubstr(">2 192.0.2.2:443 h2+h1</text>"));
    EXPECT_THAT(svg, HasSubstr("<title>SETTINGS 5.0 ms</title>"));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
}

TEST(TimelineSvg, SaysWhyAnAttemptWasGivenUp) {
    EXPECT_THAT(draw_svg(Race().timeline), HasSubstr("given up: no connection yet</text>"));
}

TEST(TimelineSvg, IsWideEnoughForItsWords) {
    Told told;
    told.step({}, eyeballs::StartAttempt{test::AttemptId(1), test::endpoint(1), {}});
    EXPECT_THAT(draw_svg(told.timeline), HasSubstr("viewBox=\"0 0 1080 "));

    const Error error{.code = TransportError::tls_failed, .message = std::string(200, 'x')};
    told.after({}, observe::AttemptFailed{error, test::AttemptId(1)});
    EXPECT_THAT(draw_svg(told.timeline), HasSubstr("viewBox=\"0 0 23"));
}

TEST(TimelineSvg, EscapesWhatCouldBeMarkup) {
    Told told;
    told.after({}, observe::CallStarted{"ws://x/<&\">"});
    EXPECT_THAT(draw_svg(told.timeline), HasSubstr("ws://x/&lt;&amp;&quot;&gt;"));
}

}  // namespace
}  // namespace tautline::taut
