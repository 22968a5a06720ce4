// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <tautline/proto/websocket/error.hpp>

#include "exit_code.hpp"

namespace tautline::taut {
namespace {

Error failed(Phase phase, std::error_code code) { return {.code = code, .phase = phase}; }

Closed closed_with(CloseCode code) { return {.code = code, .clean = true, .by_peer = true}; }

TEST(ExitCode, OfAFailedCallIsThatOfItsPhase) {
    EXPECT_EQ(exit_code_for(failed(Phase::usage, UsageError::url_invalid)), ExitCode::usage);
    EXPECT_EQ(exit_code_for(failed(Phase::resolve, TransportError::resolve_failed)),
              ExitCode::connect);
    EXPECT_EQ(exit_code_for(failed(Phase::connect, make_error_code(std::errc::connection_refused))),
              ExitCode::connect);
    EXPECT_EQ(exit_code_for(failed(Phase::proxy, make_error_code(std::errc::connection_refused))),
              ExitCode::connect);
    EXPECT_EQ(exit_code_for(failed(Phase::tls, TransportError::certificate_rejected)),
              ExitCode::tls);
    EXPECT_EQ(exit_code_for(failed(Phase::handshake, HandshakeError::rejected)), ExitCode::refused);
    EXPECT_EQ(exit_code_for(failed(Phase::session, TransportError::closed_early)),
              ExitCode::abnormal);
}

TEST(ExitCode, OfTlsToAProxyIsTls) {
    for (const auto code : {TransportError::tls_failed, TransportError::certificate_rejected,
                            TransportError::client_certificate_required}) {
        EXPECT_EQ(exit_code_for(failed(Phase::proxy, code)), ExitCode::tls);
    }
}

TEST(ExitCode, OfAPortInUseIsConnect) {
    EXPECT_EQ(exit_code_for(failed(Phase::usage, make_error_code(std::errc::address_in_use))),
              ExitCode::connect);
}

TEST(ExitCode, OfTheHandshakeTimeoutIsTimeout) {
    for (const Phase phase : {Phase::resolve, Phase::connect, Phase::proxy, Phase::handshake}) {
        EXPECT_EQ(exit_code_for(failed(phase, TransportError::handshake_timeout)),
                  ExitCode::timeout);
    }
}

TEST(ExitCode, OfAnAddressThatDoesNotAnswerIsConnect) {
    EXPECT_EQ(exit_code_for(failed(Phase::connect, make_error_code(std::errc::timed_out))),
              ExitCode::connect);
}

TEST(ExitCode, OfAnOrderlyCloseIsZero) {
    EXPECT_EQ(exit_code_for(closed_with(CloseCode::normal)), ExitCode::ok);
    EXPECT_EQ(exit_code_for(closed_with(CloseCode::going_away)), ExitCode::ok);
    EXPECT_EQ(exit_code_for(closed_with(CloseCode::no_status)), ExitCode::ok);
}

TEST(ExitCode, OfAnyOtherCodeOfThePeerIsClosed) {
    EXPECT_EQ(exit_code_for(closed_with(CloseCode::policy_violation)), ExitCode::closed);
    EXPECT_EQ(exit_code_for(closed_with(CloseCode{4001})), ExitCode::closed);
}

TEST(ExitCode, OfACodeOfOurOwnIsZero) {
    EXPECT_EQ(
        exit_code_for(Closed{
            .code = CloseCode{4001}, .own_code = CloseCode{4001}, .clean = true, .by_peer = false}),
        ExitCode::ok);
}

TEST(ExitCode, OfAPeerThatAnswersOurCloseWithAnErrorIsClosed) {
    EXPECT_EQ(exit_code_for(Closed{.code = CloseCode::message_too_big,
                                   .own_code = CloseCode::normal,
                                   .clean = true,
                                   .by_peer = false}),
              ExitCode::closed);
}

TEST(ExitCode, OfALostConnectionIsAbnormal) {
    EXPECT_EQ(exit_code_for(Closed{}), ExitCode::abnormal);
    EXPECT_EQ(exit_code_for(Closed{.error = TransportError::closed_early}), ExitCode::abnormal);
    EXPECT_EQ(exit_code_for(Closed{.error = make_error_code(std::errc::connection_reset)}),
              ExitCode::abnormal);
}

TEST(ExitCode, OfABrokenRuleIsPeerError) {
    EXPECT_EQ(
        exit_code_for(Closed{.code = CloseCode::protocol_error, .error = PeerError::frame_masked}),
        ExitCode::peer_error);
}

TEST(ExitCode, OfALimitIsLimit) {
    EXPECT_EQ(exit_code_for(Closed{.code = CloseCode::message_too_big,
                                   .error = PeerError::message_too_large}),
              ExitCode::limit);
    EXPECT_EQ(exit_code_for(Closed{.error = PeerError::too_many_fragments}), ExitCode::limit);
    EXPECT_EQ(exit_code_for(Closed{.error = TransportError::slow_consumer}), ExitCode::limit);
}

TEST(ExitCode, OfEveryTimeoutIsTimeout) {
    EXPECT_EQ(exit_code_for(Closed{.error = TransportError::ping_timeout}), ExitCode::timeout);
    EXPECT_EQ(exit_code_for(Closed{.error = TransportError::message_timeout}), ExitCode::timeout);
    EXPECT_EQ(exit_code_for(Closed{.error = TransportError::close_timeout}), ExitCode::timeout);
    EXPECT_EQ(exit_code_for(Closed{.error = make_error_code(std::errc::timed_out)}),
              ExitCode::timeout);
}

}  // namespace
}  // namespace tautline::taut
