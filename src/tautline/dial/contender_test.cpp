// SPDX-License-Identifier: MIT
#include <tautline/dial/contender.hpp>

#include <memory>

#include <gtest/gtest.h>

namespace tautline::dial {
namespace {

using eyeballs::SessionResult;
using enum eyeballs::HttpVersion;

Error refusal(int status) {
    return {.code = HandshakeError::rejected,
            .phase = Phase::handshake,
            .refusal = std::make_shared<Refusal>(Refusal{.status = status})};
}

TEST(ResultFor, TakesMostRefusalsForTheWordOfTheServer) {
    for (const int status : {301, 401, 403, 404, 429, 500, 502, 503}) {
        EXPECT_EQ(result_for(refusal(status), http2), SessionResult::rejected) << status;
        EXPECT_EQ(result_for(refusal(status), http1), SessionResult::rejected) << status;
    }
}

// What a server says to extended CONNECT that knows GET with Upgrade alone.
TEST(ResultFor, TakesSomeOverHttp2ForAVersionThatCannotCarryIt) {
    EXPECT_EQ(result_for(refusal(501), http2), SessionResult::not_supported);
    for (const int status : {400, 405, 426}) {
        EXPECT_EQ(result_for(refusal(status), http2), SessionResult::unclear) << status;
    }
    for (const int status : {400, 405, 426, 501}) {
        EXPECT_EQ(result_for(refusal(status), http1), SessionResult::rejected) << status;
    }
}

TEST(ResultFor, TakesAllElseForAFailureOfThisWay) {
    EXPECT_EQ(result_for({.code = HandshakeError::accept_wrong, .phase = Phase::handshake}, http2),
              SessionResult::failed);
}

// RFC 9113 section 8.7.
TEST(ResultFor, KnowsWhatTheServerTookNoNoticeOf) {
    for (const auto code : {h2::make_error_code(h2::ErrorCode::refused_stream),
                            make_error_code(UsageError::closed)}) {
        EXPECT_EQ(result_for({.code = code, .phase = Phase::handshake}, http2),
                  SessionResult::not_processed);
    }
}

TEST(ResultFor, ARefusalWithoutDetailsIsARejection) {
    EXPECT_EQ(result_for({.code = HandshakeError::rejected, .phase = Phase::handshake}, http2),
              SessionResult::rejected);
}

}  // namespace
}  // namespace tautline::dial
