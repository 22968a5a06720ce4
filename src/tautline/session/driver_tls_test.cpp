// SPDX-License-Identifier: MIT
// Sessions over TLS, which keeps a record of what it has taken.
#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/flooded_echo.hpp>
#include <tests/support/session_pair.hpp>
#include <tests/support/tls_pair.hpp>

namespace tautline::session {
namespace {

// The test is the client. Hardly anything is on its way to it while it does not read.
struct DriverOverTls : testing::Test {
    DriverOverTls() {
        EXPECT_TRUE(pair.open());
        pair.client->set_reading(false);
        pair.client_lower->set_capacity(1000);
    }
    void reset() { pair.server_lower->fail(std::make_error_code(std::errc::connection_reset)); }

    test::TlsPair pair;
};

TEST_F(DriverOverTls, AResetFreesASessionWhoseCoroutineWaitsForRoom) {
    test::FloodedEcho echo(pair.context);
    echo.start(std::move(pair.server));
    echo.flood(*pair.client);
    EXPECT_EQ(echo.ends, 0);

    reset();
    pair.run();

    EXPECT_EQ(echo.ends, 1);
    EXPECT_EQ(echo.closes, 1);
    EXPECT_EQ(echo.registry.size(), 0U);
}

TEST_F(DriverOverTls, AResetBehindTheEndOfThePeerFreesASessionThatStillWrites) {
    test::Log log;
    Registry registry;
    (void)test::start_session(pair.loop, registry, std::move(pair.server),
                              {.handlers = log.handlers()});
    (void)log.peer->send(std::string(100'000, 'x'));
    pair.client->shut_down();
    pair.run();
    EXPECT_EQ(log.closed.size(), 1U);
    EXPECT_EQ(registry.size(), 1U) << "it still writes";

    reset();
    pair.run();

    EXPECT_EQ(registry.size(), 0U);
}

TEST_F(DriverOverTls, APeerThatEndsItsHalfGetsTheLastThatWasSentToIt) {
    test::Log log;
    Registry registry;
    (void)test::start_session(pair.loop, registry, std::move(pair.server),
                              {.handlers = log.handlers()});
    pair.client_lower->set_capacity(10);
    const auto close = test::frame(Role::client, 0x88, "\x03\xe8");
    EXPECT_EQ(pair.client->write(std::array{Bytes(close)}), close.size());
    pair.client->shut_down();
    pair.run();

    pair.client->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_client.received, "\x88\x02\x03\xe8");
    EXPECT_EQ(pair.at_client.end, std::error_code());
    EXPECT_EQ(registry.size(), 0U);
}

}  // namespace
}  // namespace tautline::session
