// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/close_code.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline {
namespace {

// RFC 6455 section 7.4.
TEST(CloseCode, TravelsInExactlyTheRangesOfTheStandardForEveryValue) {
    for (unsigned value = 0; value <= 0xffff; ++value) {
        const bool expected = (value >= 1000 && value <= 1003) ||
                              (value >= 1007 && value <= 1014) || (value >= 3000 && value <= 4999);
        EXPECT_EQ(may_travel(static_cast<CloseCode>(value)), expected) << value;
    }
}

TEST(CloseCode, HasANameForEveryRegisteredValue) {
    EXPECT_EQ(name_for(CloseCode::normal), "normal");
    EXPECT_EQ(name_for(CloseCode::going_away), "going_away");
    EXPECT_EQ(name_for(CloseCode::protocol_error), "protocol_error");
    EXPECT_EQ(name_for(CloseCode::unsupported_data), "unsupported_data");
    EXPECT_EQ(name_for(CloseCode::no_status), "no_status");
    EXPECT_EQ(name_for(CloseCode::abnormal), "abnormal");
    EXPECT_EQ(name_for(CloseCode::invalid_payload), "invalid_payload");
    EXPECT_EQ(name_for(CloseCode::policy_violation), "policy_violation");
    EXPECT_EQ(name_for(CloseCode::message_too_big), "message_too_big");
    EXPECT_EQ(name_for(CloseCode::mandatory_extension), "mandatory_extension");
    EXPECT_EQ(name_for(CloseCode::internal_error), "internal_error");
    EXPECT_EQ(name_for(CloseCode::service_restart), "service_restart");
    EXPECT_EQ(name_for(CloseCode::try_again_later), "try_again_later");
    EXPECT_EQ(name_for(CloseCode::bad_gateway), "bad_gateway");
    EXPECT_EQ(name_for(CloseCode::tls_handshake), "tls_handshake");
}

TEST(CloseCode, IsNamedByItsRangeOtherwise) {
    EXPECT_EQ(name_for(CloseCode{3000}), "application");
    EXPECT_EQ(name_for(CloseCode{4999}), "application");
    EXPECT_EQ(name_for(CloseCode{2999}), "reserved");
    EXPECT_EQ(name_for(CloseCode{5000}), "reserved");
    EXPECT_EQ(name_for(CloseCode{1004}), "reserved");
}

TEST(CheckClose, AllowsACodeWithAReasonOf123Bytes) {
    EXPECT_TRUE(check_close(CloseCode::normal, std::string(123, 'x')));
}

// RFC 6455 section 5.5: a control frame has at most 125 bytes, and the code takes two.
TEST(CheckClose, RefusesAReasonOf124Bytes) {
    EXPECT_EQ(check_close(CloseCode::normal, std::string(124, 'x')).error(),
              UsageError::close_reason_invalid);
}

TEST(CheckClose, RefusesAReasonThatIsNotUtf8) {
    EXPECT_EQ(check_close(CloseCode::normal, "\xff").error(), UsageError::close_reason_invalid);
}

TEST(CheckClose, RefusesAReasonThatEndsInsideACharacter) {
    EXPECT_EQ(check_close(CloseCode::normal, "\xe2\x82").error(), UsageError::close_reason_invalid);
}

// RFC 6455 section 5.5.1: a body is optional, and a reason stands behind a code.
TEST(CheckClose, AllowsAReasonOnlyBehindACode) {
    EXPECT_TRUE(check_close(CloseCode::no_status, ""));
    EXPECT_EQ(check_close(CloseCode::no_status, "x").error(), UsageError::close_reason_invalid);
}

TEST(FittingReason, IsTheReasonItselfUpTo123Bytes) {
    EXPECT_EQ(fitting_reason(""), "");
    EXPECT_EQ(fitting_reason(std::string(123, 'x')), std::string(123, 'x'));
}

TEST(FittingReason, IsCutAfter123Bytes) {
    EXPECT_EQ(fitting_reason(std::string(124, 'x')), std::string(123, 'x'));
}

TEST(FittingReason, IsCutBeforeACharacterThatDoesNotFit) {
    for (const std::string character : {"\u00e9", "\u20ac", "\U0001f600"}) {
        for (std::size_t before = 124 - character.size(); before < 123; ++before) {
            const std::string whole(before, 'x');
            EXPECT_EQ(fitting_reason(whole + character + "and more"), whole);
        }
        const std::string fits = std::string(123 - character.size(), 'x') + character;
        EXPECT_EQ(fitting_reason(fits + character), fits);
    }
}

TEST(FittingReason, IsNotMadeOfWhatIsNotUtf8) {
    const std::string reason = std::string(200, 'x') + '\xff';
    EXPECT_EQ(fitting_reason(reason), reason);
}

TEST(CheckClose, RefusesCodesThatNeverTravel) {
    EXPECT_EQ(check_close(CloseCode::abnormal, "").error(), UsageError::close_code_reserved);
    EXPECT_EQ(check_close(CloseCode::tls_handshake, "").error(), UsageError::close_code_reserved);
    EXPECT_EQ(check_close(CloseCode{1004}, "").error(), UsageError::close_code_reserved);
    EXPECT_EQ(check_close(CloseCode{0}, "").error(), UsageError::close_code_reserved);
}

}  // namespace
}  // namespace tautline
