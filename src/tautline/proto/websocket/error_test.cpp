// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/error.hpp>

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tautline {
namespace {

constexpr int kFirst = static_cast<int>(PeerError::reserved_bit_set);
constexpr int kLast = static_cast<int>(PeerError::rule_broken);

TEST(PeerErrors, CloseWithProtocolErrorForEveryBrokenFrameRule) {
    for (int value = kFirst; value <= static_cast<int>(PeerError::close_code_invalid); ++value) {
        EXPECT_EQ(close_code_for(static_cast<PeerError>(value)), CloseCode::protocol_error)
            << value;
    }
}

TEST(PeerErrors, CloseWithInvalidPayloadForBadUtf8AndBadDeflate) {
    EXPECT_EQ(close_code_for(PeerError::close_reason_not_utf8), CloseCode::invalid_payload);
    EXPECT_EQ(close_code_for(PeerError::text_not_utf8), CloseCode::invalid_payload);
    EXPECT_EQ(close_code_for(PeerError::deflate_corrupt), CloseCode::invalid_payload);
}

TEST(PeerErrors, CloseWithMessageTooBigForALargeMessage) {
    EXPECT_EQ(close_code_for(PeerError::message_too_large), CloseCode::message_too_big);
}

TEST(PeerErrors, CloseWithPolicyViolationForAFloodOfFragments) {
    EXPECT_EQ(close_code_for(PeerError::too_many_fragments), CloseCode::policy_violation);
}

TEST(PeerErrors, HaveANameAndAReasonOfTheirOwnForEveryValue) {
    std::set<std::string> names;
    std::set<std::string> reasons;
    for (int value = kFirst; value <= kLast; ++value) {
        names.emplace(name_for(static_cast<PeerError>(value)));
        reasons.emplace(close_reason_for(static_cast<PeerError>(value)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast));
    EXPECT_EQ(reasons.size(), static_cast<std::size_t>(kLast));
}

TEST(PeerErrors, AreNamedAsErrorCodesByTheSameFunctionAsAllOthers) {
    for (int value = kFirst; value <= kLast; ++value) {
        const auto error = static_cast<PeerError>(value);
        EXPECT_EQ(name_for(make_error_code(error)), name_for(error));
    }
    EXPECT_EQ(name_for(std::error_code(kLast + 1, peer_category())), "unknown");
    EXPECT_EQ(name_for(std::error_code(0, peer_category())), "unknown");
    EXPECT_EQ(name_for(std::error_code(256 + kLast, peer_category())), "unknown");
    EXPECT_EQ(std::error_code(256 + kLast, peer_category()).message(), "unknown");
    EXPECT_EQ(std::error_code(-1, peer_category()).message(), "unknown");
}

TEST(PeerErrors, HaveReasonsThatFitACloseForEveryValue) {
    for (int value = kFirst; value <= kLast; ++value) {
        EXPECT_TRUE(
            check_close(CloseCode::normal, close_reason_for(static_cast<PeerError>(value))));
    }
}

TEST(PeerErrors, AreErrorCodesOfTheirCategory) {
    const std::error_code code = PeerError::text_not_utf8;

    EXPECT_EQ(&code.category(), &peer_category());
    EXPECT_STREQ(code.category().name(), "tautline.peer");
    EXPECT_EQ(code.message(), "the peer broke a rule: text not UTF-8");
    EXPECT_EQ(code, PeerError::text_not_utf8);
}

TEST(PeerErrors, OfOurOwnLimitsAreNoBrokenRules) {
    const std::error_code large = PeerError::message_too_large;
    const std::error_code cut = PeerError::too_many_fragments;

    EXPECT_EQ(large.message(),
              "the peer sent a message over the limit; raise max_message_bytes to take it");
    EXPECT_EQ(cut.message(), "the peer cut a message into more frames than the limit allows");
}

TEST(PeerErrors, HaveAMessageForNumbersThatAreNone) {
    EXPECT_EQ(peer_category().message(0), "unknown");
    EXPECT_EQ(peer_category().message(kLast + 1), "unknown");
}

}  // namespace
}  // namespace tautline
