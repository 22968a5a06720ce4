// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/close_frame.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::ExactCopy;
using test::wire;

PeerError error_of(std::string_view payload) {
    const ExactCopy input(wire(payload));
    return read_close_frame(input.bytes()).error();
}

TEST(ReadCloseFrame, ReadsACodeAndAReason) {
    const auto payload = wire("03e9 | 627965");

    const auto close = read_close_frame(payload);

    EXPECT_EQ(close->code, CloseCode::going_away);
    EXPECT_EQ(close->reason, "bye");
}

// RFC 6455 section 7.1.5: without a code it counts as 1005.
TEST(ReadCloseFrame, ReadsAnEmptyPayloadAsNoStatus) {
    EXPECT_EQ(read_close_frame({})->code, CloseCode::no_status);
}

// RFC 6455 section 5.5.1.
TEST(ReadCloseFrame, RefusesHalfACode) {
    EXPECT_EQ(error_of("03"), PeerError::close_payload_short);
}

// RFC 6455 section 7.4.1.
TEST(ReadCloseFrame, RefusesCodesThatNeverTravel) {
    for (const auto* code :
         {"0000", "03e7", "03ec", "03ed", "03ee", "03f7", "0bb7", "1388", "ffff"}) {
        EXPECT_EQ(error_of(code), PeerError::close_code_invalid) << code;
    }
}

// RFC 6455 section 5.5.1: the reason is UTF-8.
TEST(ReadCloseFrame, RefusesAReasonThatIsNotUtf8) {
    EXPECT_EQ(error_of("03e8 | 61ff"), PeerError::close_reason_not_utf8);
}

TEST(ReadCloseFrame, RefusesAReasonCutInsideACharacter) {
    EXPECT_EQ(error_of("03e8 | e282"), PeerError::close_reason_not_utf8);
}

TEST(WriteCloseFrame, RoundTripsTheLongestReason) {
    std::array<std::byte, kMaxControlBytes> out{};
    const std::string reason(123, 'r');

    const std::size_t size = write_close_frame({CloseCode{4001}, reason}, out);

    EXPECT_EQ(size, 125U);
    EXPECT_EQ(read_close_frame(out)->code, CloseCode{4001});
    EXPECT_EQ(read_close_frame(out)->reason, reason);
}

TEST(WriteCloseFrame, WritesNothingForNoStatus) {
    std::array<std::byte, kMaxControlBytes> out{};

    EXPECT_EQ(write_close_frame({CloseCode::no_status, {}}, out), 0U);
}

}  // namespace
}  // namespace tautline::websocket
