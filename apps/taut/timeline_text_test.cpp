// SPDX-License-Identifier: MIT
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/told_timeline.hpp>

#include "timeline_text.hpp"

namespace tautline::taut {
namespace {

using test::Race;
using testing::HasSubstr;
using testing::Not;

TEST(TimelineText, DrawsEachRowToScale) {
    const Race race;
    const auto text = draw_text(race.timeline, {.columns = 100, .unicode = false});
    EXPECT_THAT(text, HasSubstr("A example.org          .. "));
    EXPECT_THAT(text, HasSubstr("given up: no connection yet\n"));
    EXPECT_THAT(text, HasSubstr("40.0 ms  won: TLSv1.3, h2, status 200\n"));
    EXPECT_THAT(text, HasSubstr("\n. DNS   - connect   = TLS   : SETTINGS   # session\n"));
    EXPECT_THAT(text, HasSubstr("\nopen, subprotocol chat, compressed after 300.0 ms\n"));
}

TEST(TimelineText, SaysHowLongItTookBeforeWhatToDo) {
    test::Told told;
    told.after({}, observe::CallStarted{"ws://x/"});
    const Error error{.code = TransportError::handshake_timeout, .message = "late"};
    told.after(std::chrono::seconds(1), observe::CallFailed{error});
    EXPECT_THAT(draw_text(told.timeline, {}),
                testing::EndsWith("\nfailed after 1000.0 ms: usage: late\n"
                                  "  More time can be given with --handshake-timeout.\n"));
}

TEST(TimelineText, ShowsColoursOnlyWhenToldTo) {
    const Race race;
    EXPECT_THAT(draw_text(race.timeline, {.colour = false}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(draw_text(race.timeline, {.colour = true}), HasSubstr("\x1b[32m2 192.0.2.2"));
}

TEST(TimelineText, StaysReadableOnANarrowTerminal) {
    const Race race;
    const auto text = draw_text(race.timeline, {.columns = 10, .unicode = false});
    EXPECT_THAT(text, HasSubstr("1 192.0.2.1:443 h2+h1  "));
}

}  // namespace
}  // namespace tautline::taut
