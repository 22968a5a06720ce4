// SPDX-License-Identifier: MIT
#include <tautline/dial/contender.hpp>

#include <memory>

#include <gtest/gtest.h>

namespace tautline::dial {
namespace {

using eyeballs::SessionResult;

Error refusal(int status) {
    return {.code = HandshakeError::rejected,
            .phase = Phase::handshake,
            .refusal = std::make_shared<Refusal>(Refusal{.status = status})};
}

TEST(ResultFor, TakesMostRefusalsForTheWordOfTheServer) {
    for (const int status : {301, 400, 401, 403, 404, 500, 502, 503}) {
        EXPECT_EQ(result_for(refusal(status)), SessionResult::rejected) << status;
    }
}

TEST(ResultFor, Takes501ForAVersionThatCannotCarryIt) {
    EXPECT_EQ(result_for(refusal(501)), SessionResult::not_supported);
}

TEST(ResultFor, TakesAllElseForAFailureOfThisWay) {
    EXPECT_EQ(result_for({.code = HandshakeError::accept_wrong, .phase = Phase::handshake}),
              SessionResult::failed);
}

// RFC 9113 section 8.7.
TEST(ResultFor, KnowsWhatTheServerTookNoNoticeOf) {
    for (const auto code : {h2::make_error_code(h2::ErrorCode::refused_stream),
                            make_error_code(UsageError::closed)}) {
        EXPECT_EQ(result_for({.code = code, .phase = Phase::handshake}),
                  SessionResult::not_processed);
    }
}

TEST(ResultFor, ARefusalWithoutDetailsIsARejection) {
    EXPECT_EQ(result_for({.code = HandshakeError::rejected, .phase = Phase::handshake}),
              SessionResult::rejected);
}

}  // namespace
}  // namespace tautline::dial
