// SPDX-License-Identifier: MIT
// The way to a proxy: what becomes of it is told, and its steps count.
#include <array>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/racing.hpp>

#include <tautline/dial/race.hpp>

namespace tautline::dial {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
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

// A SOCKS5 proxy that chooses its method after a while, and then says nothing.
asio::awaitable<void> choose_late(tcp::acceptor& acceptor, Duration thinking) {
    auto peer = co_await acceptor.async_accept(asio::use_awaitable);
    std::array<char, 64> received{};
    co_await peer.async_read_some(asio::buffer(received), asio::use_awaitable);
    asio::steady_timer timer(co_await asio::this_coro::executor, thinking);
    co_await timer.async_wait(asio::use_awaitable);
    co_await asio::async_write(peer, asio::buffer("\x05", 2), asio::use_awaitable);
    while (true) co_await peer.async_read_some(asio::buffer(received), asio::use_awaitable);
}

TEST(RaceProxy, AnAnswerOfTheProxyHoldsTheNextAttemptBack) {
    Racing racing;
    racing.network.attempt_delay = 200ms;
    tcp::acceptor socks(racing.context, {asio::ip::address_v4::loopback(), 0});
    racing.proxy = *proxy::parse_proxy_url("socks5://127.0.0.1:" +
                                           std::to_string(socks.local_endpoint().port()));
    asio::co_spawn(racing.context, choose_late(socks, 100ms), asio::detached);
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
