// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/options.hpp>

#include <limits>

#include <gtest/gtest.h>

using namespace tautline;
using namespace tautline::eyeballs;
using namespace std::chrono_literals;

namespace {

NetworkConfig bounded_config(const NetworkConfig& config) {
    return bounded({config, {.host = "example.com"}}).config;
}

TEST(NetworkConfig, HasTheDefaultsOfTheDraft) {
    const NetworkConfig config = bounded_config({});

    EXPECT_EQ(config.resolution_delay, 50ms);
    EXPECT_EQ(config.attempt_delay, 250ms);
    EXPECT_EQ(config.attempt_delay_multiplier, 1U);
}

TEST(NetworkConfig, HoldsTheAttemptDelayBetweenTenMillisecondsAndTwoSeconds) {
    NetworkConfig config;
    for (const auto& [delay, expected] : {std::pair<Duration, Duration>{-1ms, 10ms},
                                          {9ms, 10ms},
                                          {10ms, 10ms},
                                          {11ms, 11ms},
                                          {1999ms, 1999ms},
                                          {2s, 2s},
                                          {2001ms, 2s}}) {
        config.attempt_delay = delay;
        EXPECT_EQ(bounded_config(config).attempt_delay, expected);
    }
    EXPECT_EQ(kRecommendedMinAttemptDelay, 100ms);
}

TEST(NetworkConfig, HoldsTheResolutionDelayBetweenNothingAndTwoSeconds) {
    NetworkConfig config;
    config.resolution_delay = -1ms;
    EXPECT_EQ(bounded_config(config).resolution_delay, 0ms);
    config.resolution_delay = 3s;
    EXPECT_EQ(bounded_config(config).resolution_delay, 2s);
}

TEST(NetworkConfig, HoldsTimeoutsAboveNothing) {
    NetworkConfig config;
    config.query_timeout = config.transport_timeout = 0s;
    config.settings_timeout = config.session_timeout = Duration::max();

    config = bounded_config(config);

    EXPECT_EQ(config.query_timeout, 10ms);
    EXPECT_EQ(config.transport_timeout, 10ms);
    EXPECT_EQ(config.settings_timeout, 1h);
    EXPECT_EQ(config.session_timeout, 1h);
}

TEST(NetworkConfig, HoldsCountsInTheirBounds) {
    NetworkConfig config;
    config.attempt_delay_multiplier = 0;
    config.preferred_family_count = 3;
    config.max_attempts = 0;
    config.max_targets = std::numeric_limits<std::size_t>::max();

    config = bounded_config(config);

    EXPECT_EQ(config.attempt_delay_multiplier, 1U);
    EXPECT_EQ(config.preferred_family_count, 2U);
    EXPECT_EQ(config.max_attempts, 1U);
    EXPECT_EQ(config.max_targets, 1024U);
}

TEST(NetworkConfig, WebTransportHasNoHttp1) {
    NetworkConfig config;
    config.session = SessionKind::webtransport;

    EXPECT_EQ(bounded_config(config).http_versions, (HttpVersions{false, true, true}));
}

TEST(RaceSetup, WithoutTlsThereIsHttp1Only) {
    const RaceSetup setup = bounded({{}, {.host = "example.com", .port = 80, .secure = false}});

    EXPECT_EQ(setup.config.http_versions, HttpVersions::only(HttpVersion::http1));
}

TEST(RaceSetup, BringsHostsIntoTheirNormalForm) {
    NetworkConfig config;
    config.alt_services = {{HttpVersion::http3, "ALT.example.", 1}, {}};

    const RaceSetup setup = bounded({config, {.host = "[2001:DB8::1]"}});

    EXPECT_EQ(setup.origin.host, "2001:db8::1");
    EXPECT_EQ(setup.config.alt_services[0].host, "alt.example");
    EXPECT_EQ(setup.config.alt_services[1].host, "");
}

TEST(RaceSetup, LeavesBracketsThatHoldNothing) {
    EXPECT_EQ(bounded({{}, {.host = "[]"}}).origin.host, "[]");
    EXPECT_EQ(bounded({{}, {.host = "[a"}}).origin.host, "[a");
    EXPECT_EQ(bounded({{}, {.host = "[ab"}}).origin.host, "[ab");
}

TEST(NormalName, IsLowerCaseWithoutFinalDot) {
    EXPECT_EQ(normal_name("WWW.AZ-az[.example."), "www.az-az[.example");
    EXPECT_EQ(normal_name("."), "");
}

TEST(HttpVersions, OnlyHasOne) {
    EXPECT_EQ(HttpVersions::only(HttpVersion::http2), (HttpVersions{false, true, false}));
    EXPECT_EQ(HttpVersions::only(HttpVersion::http3), (HttpVersions{false, false, true}));
}

TEST(HttpVersions, AnyIsOneOfThem) {
    for (const auto version : {HttpVersion::http1, HttpVersion::http2, HttpVersion::http3}) {
        EXPECT_TRUE(HttpVersions::only(version).any());
    }
    EXPECT_FALSE((HttpVersions{false, false, false}).any());
}

}  // namespace
