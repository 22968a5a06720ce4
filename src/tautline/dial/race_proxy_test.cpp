// SPDX-License-Identifier: MIT
// The way to a proxy: what becomes of it is told, and its steps count.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/racing.hpp>

#include <tautline/dial/race.hpp>

namespace tautline::dial {
namespace {

using namespace std::chrono_literals;
using test::host;
using test::Racing;
using testing::Contains;
using testing::HasSubstr;

// Through a proxy whose name has these addresses.
void go_through(Racing& racing, std::vector<IpAddress> addresses) {
    racing.resolver.add("proxy.test", std::move(addresses));
    racing.proxy =
        *proxy::parse_proxy_url("http://proxy.test:" + std::to_string(racing.server.port));
}

TEST(RaceProxy, SaysWhichAddressOfTheProxyIsSilent) {
    Racing racing;
    racing.within = 100ms;
    racing.drop_everything(2);
    go_through(racing, {host(2), host(3)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    const Error& error = racing.result->error();
    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::proxy);
    EXPECT_EQ(error.endpoint, racing.at(2).to_string());
    EXPECT_THAT(error.message, HasSubstr("within the handshake timeout: no answer from the"));
    EXPECT_THAT(error.message, HasSubstr(racing.at(3).to_string()));
}

TEST(RaceProxy, IsPartOfTheCall) {
    Racing racing;
    go_through(racing, {host(2)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_THAT(racing.story->refused, Contains(1001U));
    EXPECT_EQ(racing.story->calls, std::set{observe::CallId(1)});
}

TEST(RaceProxy, SaysSoWhereItsOwnTimeoutEndsTheAttempt) {
    Racing racing;
    racing.network.transport_timeout = 50ms;
    racing.moving_on = 500ms;
    racing.drop_everything(2);
    go_through(racing, {host(2)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().endpoint, racing.at(2).to_string());
    EXPECT_THAT(racing.result->error().message, HasSubstr("no answer from the address"));
}

TEST(RaceProxy, SaysThatTheProxyItselfIsSilentOnceItIsReached) {
    Racing racing;
    racing.within = 100ms;
    racing.listen_silently(2);
    go_through(racing, {host(2)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().endpoint, racing.proxy->to_string());
    EXPECT_THAT(racing.result->error().message, HasSubstr("no tunnel from the proxy"));
}

TEST(RaceProxy, TellsTheObserverOfTheStepsToTheProxy) {
    Racing racing;
    go_through(racing, {host(2)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().code, std::errc::connection_refused);
    EXPECT_THAT(racing.story->steps, Contains("query 1002 A proxy.test"));
    EXPECT_THAT(racing.story->steps, Contains("attempt 1001 " + racing.at(2).to_string() + " h1"));
    EXPECT_THAT(racing.story->refused, Contains(1001U));
}

TEST(RaceProxy, AnAnswerOfTheProxyHoldsTheNextAttemptBack) {
    Racing racing;
    racing.network.attempt_delay = 200ms;
    const test::SlowSocks socks(racing, 100ms);
    racing.begin({host(2), host(3)});

    const auto& starts = racing.story->starts;
    ASSERT_TRUE(test::run_until(racing.context, [&] { return starts.size() == 2; }));

    EXPECT_GE(starts[1] - starts[0], 300ms);
}

// What only leads to the proxy is no reason to stay with its route.
TEST(RaceProxy, AReachedProxyIsNotYetTheOtherSide) {
    Racing racing;
    racing.moving_on = 200ms;
    racing.listen_silently(2);
    go_through(racing, {host(2)});
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().phase, Phase::proxy);
}

}  // namespace
}  // namespace tautline::dial
