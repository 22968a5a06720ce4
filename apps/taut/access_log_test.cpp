// SPDX-License-Identifier: MIT
#include <chrono>

#include <gtest/gtest.h>

#include "access_log.hpp"

namespace tautline::taut {
namespace {

using Reason = observe::ConnectionRefused::Reason;

constexpr Time kNow{std::chrono::days(365)};

TEST(AccessLog, TellsARequestWithoutItsQuery) {
    const http::RequestHead request{.method = "GET", .target = "/a?token=secret", .fields = {}};
    EXPECT_EQ(line_of_request(kNow, "192.0.2.1:5", request, 101),
              "1971-01-01T00:00:00.000Z 192.0.2.1:5 GET /a 101");
}

TEST(AccessLog, TellsHowAWebSocketEnded) {
    Closed closed{.code = CloseCode::normal, .reason = "secret"};
    EXPECT_EQ(line_of_end(kNow, "192.0.2.1:5", closed),
              "1971-01-01T00:00:00.000Z 192.0.2.1:5 closed 1000");
    closed = {.code = CloseCode::abnormal, .error = TransportError::ping_timeout};
    EXPECT_EQ(line_of_end(kNow, "192.0.2.1:5", closed),
              "1971-01-01T00:00:00.000Z 192.0.2.1:5 closed 1006 ping_timeout");
}

TEST(AccessLog, TellsWhyTlsFailed) {
    const Error error{.code = TransportError::tls_failed,
                      .phase = Phase::tls,
                      .endpoint = "192.0.2.1:5",
                      .message = "the peer refused our certificate (certificate expired)."};
    EXPECT_EQ(line_of_failure(kNow, observe::TlsEnded{nullptr, &error}),
              "1971-01-01T00:00:00.000Z 192.0.2.1:5 tls tls_failed: the peer refused our "
              "certificate (certificate expired).");
}

TEST(AccessLog, TellsWhyAConnectionWasRefused) {
    const auto told = [](Reason reason) {
        return line_of_failure(kNow, observe::ConnectionRefused{"192.0.2.1:5", reason});
    };
    EXPECT_EQ(told(Reason::not_admitted),
              "1971-01-01T00:00:00.000Z 192.0.2.1:5 refused not_admitted");
    EXPECT_TRUE(told(Reason::address_limit).ends_with(" refused address_limit"));
    EXPECT_TRUE(told(Reason::connection_limit).ends_with(" refused connection_limit"));
    EXPECT_TRUE(told(Reason::out_of_descriptors).ends_with(" refused out_of_descriptors"));
}

TEST(AccessLog, TellsNothingOfOtherEvents) {
    const transport::StreamInfo info;
    EXPECT_EQ(line_of_failure(kNow, observe::TlsEnded{&info, nullptr}), "");
    EXPECT_EQ(line_of_failure(kNow, observe::Opened{}), "");
}

}  // namespace
}  // namespace tautline::taut
