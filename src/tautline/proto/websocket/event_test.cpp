// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/event.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Closed, ForwardsEveryCodeThatMayBeSent) {
    for (const unsigned code : {1000U, 1001U, 1007U, 1009U, 1011U, 1014U, 3000U, 4999U}) {
        EXPECT_EQ(Closed{.code = CloseCode(code)}.code_to_forward(), CloseCode(code));
    }
}

TEST(Closed, ForwardsACloseWithoutACodeAsOne) {
    EXPECT_EQ(Closed{.code = CloseCode::no_status}.code_to_forward(), CloseCode::no_status);
}

// RFC 6455 section 7.4.1: 1006 and 1015 are never sent.
TEST(Closed, ForwardsAnEndWithoutACloseAsGoingAway) {
    EXPECT_EQ(Closed{.code = CloseCode::abnormal}.code_to_forward(), CloseCode::going_away);
    EXPECT_EQ(Closed{.code = CloseCode::tls_handshake}.code_to_forward(), CloseCode::going_away);
}

TEST(Closed, ForwardsOnlyWhatACloseMayCarry) {
    for (unsigned code = 0; code <= 0xffff; ++code) {
        const Closed closed{.code = CloseCode(code)};
        EXPECT_TRUE(check_close(closed.code_to_forward(), closed.reason)) << code;
    }
}

}  // namespace
}  // namespace tautline
