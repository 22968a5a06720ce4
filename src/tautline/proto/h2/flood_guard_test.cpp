// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/flood_guard.hpp>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

constexpr Instant kNow{};
const Options kTight = {
    .reset_burst = 1, .resets_per_second = 0, .glitch_burst = 1, .glitches_per_second = 0};

// How many of a frame are allowed, up to 3.
int allowed(const Frame& frame, Role role = Role::server) {
    FloodGuard guard(role, kTight);
    int count = 0;
    while (count < 3 && guard.count_begun(frame, kNow) && guard.count_received(frame, kNow)) {
        ++count;
    }
    return count;
}

TEST(FloodGuard, X04_CountsPingsSettingsPrioritiesAndUnknownFrames) {
    EXPECT_EQ(allowed({.type = FrameType::ping}), 1);
    EXPECT_EQ(allowed({.type = FrameType::settings}), 1);
    EXPECT_EQ(allowed({.type = FrameType::priority}), 1);
    EXPECT_EQ(allowed({.type = FrameType(0x77)}), 1);
}

TEST(FloodGuard, X04_CountsEmptyDataThatDoesNotEndAnything) {
    EXPECT_EQ(allowed({.type = FrameType::data}), 1);
    EXPECT_EQ(allowed({.type = FrameType::data, .payload_bytes = 1}), 3);
    EXPECT_EQ(allowed({.type = FrameType::data, .end_stream = true}), 3);
}

TEST(FloodGuard, X02_CountsResetsByClientsOnly) {
    EXPECT_EQ(allowed({.type = FrameType::rst_stream}), 1);
    EXPECT_EQ(allowed({.type = FrameType::rst_stream}, Role::client), 3);
}

TEST(FloodGuard, X02_CountsForcedResetsWithThoseOfThePeer) {
    FloodGuard guard(Role::server, kTight);

    EXPECT_TRUE(guard.count_forced_reset(kNow));
    EXPECT_FALSE(guard.count_received({.type = FrameType::rst_stream}, kNow));
}

TEST(FloodGuard, X03_CountsHeadsThatAreTooLarge) {
    FloodGuard guard(Role::server, kTight);

    EXPECT_TRUE(guard.count_refused_head(kNow));
    EXPECT_FALSE(guard.count_refused_head(kNow));
}

TEST(FloodGuard, LeavesFramesAloneThatBringSomething) {
    for (const FrameType type : {FrameType::headers, FrameType::goaway, FrameType::window_update,
                                 FrameType::continuation}) {
        EXPECT_EQ(allowed({.type = type}), 3);
    }
}

}  // namespace
}  // namespace tautline::h2
