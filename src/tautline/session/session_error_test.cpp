// SPDX-License-Identifier: MIT
#include <tautline/session/session_error.hpp>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

TEST(SessionError, HasThePhaseOfUsageWhenTheCallWasWrong) {
    const Error error = session_error(make_error_code(UsageError::text_not_utf8));
    EXPECT_EQ(error.code, UsageError::text_not_utf8);
    EXPECT_EQ(error.phase, Phase::usage);
    EXPECT_EQ(error.message, error.code.message());
}

TEST(SessionError, HasThePhaseOfTheSessionWhenTheConnectionFailed) {
    const Error error = session_error(make_error_code(TransportError::ping_timeout));
    EXPECT_EQ(error.code, TransportError::ping_timeout);
    EXPECT_EQ(error.phase, Phase::session);
}

TEST(SessionError, IsWhatEndedTheConnection) {
    const Closed closed{.error = TransportError::slow_consumer};
    EXPECT_EQ(session_error(closed).code, TransportError::slow_consumer);
}

TEST(SessionError, IsThatItIsClosedWhenItEndedInOrder) {
    EXPECT_EQ(session_error(Closed{}).code, UsageError::closed);
    EXPECT_EQ(session_error(std::optional<Closed>()).code, UsageError::closed);
}

}  // namespace
}  // namespace tautline::session
