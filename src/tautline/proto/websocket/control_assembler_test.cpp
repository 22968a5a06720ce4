// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/control_assembler.hpp>

#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::wire;

constexpr FrameHeader kPing{.length = 4, .opcode = Opcode::ping};

TEST(ControlAssembler, ShowsAWholePayloadWhereItLies) {
    auto payload = wire("70696e67");

    const auto shown = ControlAssembler().receive({kPing, payload, true, true});

    EXPECT_EQ(shown->data(), payload.data());
    EXPECT_EQ(as_text(*shown), "ping");
}

TEST(ControlAssembler, JoinsAPayloadThatWasSplit) {
    ControlAssembler controls;
    auto first = wire("7069");
    auto last = wire("6e67");

    EXPECT_EQ(controls.receive({kPing, first, true, false}).has_value(), false);

    EXPECT_EQ(as_text(*controls.receive({kPing, last, false, true})), "ping");
}

TEST(ControlAssembler, KeepsAnIncompletePayloadOverARelease) {
    ControlAssembler controls;
    auto first = wire("7069");
    auto last = wire("6e67");
    std::ignore = controls.receive({kPing, first, true, false});

    controls.release();

    EXPECT_EQ(as_text(*controls.receive({kPing, last, false, true})), "ping");
}

TEST(ControlAssembler, BeginsAnewAfterARelease) {
    ControlAssembler controls;
    auto piece = wire("7069");
    std::ignore = controls.receive({kPing, piece, true, false});
    std::ignore = controls.receive({kPing, piece, false, true});

    controls.release();
    controls.release();
    std::ignore = controls.receive({kPing, piece, true, false});

    EXPECT_EQ(as_text(*controls.receive({kPing, piece, false, true})), "pipi");
}

// A payload that nobody is shown is not released before the next one begins.
TEST(ControlAssembler, BeginsAnewWithTheNextFrame) {
    ControlAssembler controls;
    auto piece = wire("7069");
    std::ignore = controls.receive({kPing, piece, true, false});
    std::ignore = controls.receive({kPing, piece, false, true});
    std::ignore = controls.receive({kPing, piece, true, false});

    controls.release();

    EXPECT_EQ(as_text(*controls.receive({kPing, piece, false, true})), "pipi");
}

TEST(ControlAssembler, IsEmptyUntilAFrameIsSplitAndAfterItsRelease) {
    ControlAssembler controls;
    auto payload = wire("70696e67");
    std::ignore = controls.receive({kPing, payload, true, true});
    EXPECT_TRUE(controls.empty());
    std::ignore = controls.receive({kPing, MutableBytes(payload).first(2), true, false});
    EXPECT_FALSE(controls.empty());
    std::ignore = controls.receive({kPing, MutableBytes(payload).subspan(2), false, true});

    controls.release();

    EXPECT_TRUE(controls.empty());
}

}  // namespace
}  // namespace tautline::websocket
