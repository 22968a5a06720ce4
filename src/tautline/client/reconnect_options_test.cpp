// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_options.hpp>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <tautline/base/proxy_error.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;

Error failure(std::error_code code) { return {.code = code, .phase = Phase::connect}; }

Error refusal(int status, std::string name = {}, std::string value = {}) {
    auto error = failure(HandshakeError::rejected);
    Refusal said{.status = status, .reason = {}, .headers = {}, .body = {}};
    if (!name.empty()) said.headers.emplace_back(std::move(name), std::move(value));
    error.refusal = std::make_shared<Refusal>(std::move(said));
    return error;
}

TEST(IsFinalFailure, EndsWithWhatTheApplicationDidWrong) {
    EXPECT_TRUE(is_final_failure(failure(UsageError::url_invalid)));
    EXPECT_TRUE(is_final_failure(failure(UsageError::handler_threw)));
}

TEST(IsFinalFailure, EndsWithACertificateThatIsNotTrusted) {
    EXPECT_TRUE(is_final_failure(failure(TransportError::certificate_rejected)));
}

TEST(IsFinalFailure, WaitsForAPermit) {
    EXPECT_FALSE(is_final_failure(failure(UsageError::too_many_connections)));
}

TEST(IsFinalFailure, EndsWhereTheServerWantsACertificateOfOurs) {
    EXPECT_TRUE(is_final_failure(failure(TransportError::client_certificate_required)));
}

TEST(IsFinalFailure, EndsWithWhatAProxyDecided) {
    using enum ProxyError;
    for (const auto error : {credentials_rejected, authentication_required, not_allowed,
                             authentication_unsupported, credentials_invalid, target_invalid}) {
        EXPECT_TRUE(is_final_failure(failure(error))) << name_for(error);
    }
    for (const auto error : {general_failure, host_unreachable, closed_early, refused}) {
        EXPECT_FALSE(is_final_failure(failure(error))) << name_for(error);
    }
}

TEST(IsFinalFailure, TriesAgainWhenTheWorldFailed) {
    EXPECT_FALSE(is_final_failure(failure(make_error_code(std::errc::connection_refused))));
    EXPECT_FALSE(is_final_failure(failure(TransportError::tls_failed)));
    EXPECT_FALSE(is_final_failure(failure(HandshakeError::response_malformed)));
    EXPECT_FALSE(is_final_failure(failure(std::error_code())));
}

TEST(IsFinalFailure, EndsWithRefusalsOf4xx) {
    for (const int status : {400, 401, 403, 404, 426, 499}) {
        EXPECT_TRUE(is_final_failure(refusal(status))) << status;
    }
}

// RFC 9110 section 15: as a 5xx.
TEST(IsFinalFailure, TakesAStatusOfNoClassForATroubleOfTheServer) {
    for (const int status : {500, 599, 600, 999}) {
        EXPECT_FALSE(is_final_failure(refusal(status))) << status;
    }
}

TEST(IsFinalFailure, EndsWhereTheServerHasMovedForGood) {
    EXPECT_TRUE(is_final_failure(refusal(301)));
    EXPECT_TRUE(is_final_failure(refusal(308)));
    EXPECT_FALSE(is_final_failure(refusal(307)));
}

TEST(IsFinalClose, EndsWhereTheTwoDoNotUnderstandEachOther) {
    for (const unsigned code : {1002U, 1003U, 1007U, 1009U, 1010U}) {
        EXPECT_TRUE(is_final_close(static_cast<CloseCode>(code))) << code;
    }
    for (const unsigned code : {1000U, 1001U, 1005U, 1008U, 1011U, 1012U, 1013U, 3000U, 4000U}) {
        EXPECT_FALSE(is_final_close(static_cast<CloseCode>(code))) << code;
    }
}

TEST(IsFinalFailure, TriesAgainAfterRefusalsThatAskForIt) {
    for (const int status : {302, 399, 408, 425, 429, 500, 503}) {
        EXPECT_FALSE(is_final_failure(refusal(status))) << status;
    }
}

TEST(RetryAfter, IsReadInSeconds) {
    EXPECT_EQ(client::retry_after(refusal(503, "retry-after", "120")), 120s);
    EXPECT_EQ(client::retry_after(refusal(503, "Retry-After", "0")), 0s);
}

TEST(RetryAfter, IsIgnoredWhenItIsNotSeconds) {
    for (const char* value : {"", "soon", "12 ", "-1", "1.5", "99999999999999999999",
                              "Fri, 31 Dec 1999 23:59:59 GMT"}) {
        EXPECT_FALSE(client::retry_after(refusal(503, "Retry-After", value))) << value;
    }
}

TEST(RetryAfter, IsNothingWithoutTheField) {
    EXPECT_FALSE(client::retry_after(refusal(503)));
    EXPECT_FALSE(client::retry_after(refusal(503, "Date", "120")));
    EXPECT_FALSE(client::retry_after(failure(make_error_code(std::errc::connection_refused))));
}

TEST(ReconnectOptions, HaveDefaultsThatMakeSense) { EXPECT_TRUE(client::check({})); }

TEST(ReconnectOptions, AreRefusedWhenTheyMakeNoSense) {
    const auto refuses = [](const ReconnectOptions& options) {
        const auto checked = client::check(options);
        return !checked && checked.error().code == UsageError::option_invalid;
    };
    EXPECT_TRUE(refuses({.first_delay = 0s}));
    EXPECT_TRUE(refuses({.first_delay = 2s, .max_delay = 1s}));
    EXPECT_TRUE(refuses({.multiplier = 0.9}));
    EXPECT_TRUE(refuses({.multiplier = std::numeric_limits<double>::quiet_NaN()}));
    EXPECT_TRUE(refuses({.max_kept_bytes = 0}));
    EXPECT_TRUE(refuses({.ask_again = 0s}));
    EXPECT_TRUE(refuses({.first_delay = Duration::max(), .max_delay = Duration::max()}));
    EXPECT_TRUE(refuses({.max_delay = Duration::max()}));
    EXPECT_TRUE(refuses({.ask_again = Duration::max()}));
    EXPECT_TRUE(refuses({.is_final = nullptr}));
    EXPECT_TRUE(refuses({.is_final_close = nullptr}));
    EXPECT_FALSE(refuses({.first_delay = 1s, .max_delay = 1s, .multiplier = 1}));
}

}  // namespace
}  // namespace tautline
