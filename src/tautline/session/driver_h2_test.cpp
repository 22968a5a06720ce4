// SPDX-License-Identifier: MIT
// Sessions over streams of HTTP/2, whose end is not that of the connection.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/flooded_echo.hpp>
#include <tests/support/h2_pair.hpp>
#include <tests/support/session_pair.hpp>

namespace tautline::session {
namespace {

using test::H2Pair;

struct DriverOverH2 : testing::Test {
    DriverOverH2() {
        pair.at_server.at_request = [this](h2::StreamId id) {
            echo.start(*pair.server->accept(id, {}));
        };
        client = pair.open();
        client->stream->set_reading(false);
        echo.flood(*client->stream);
    }

    H2Pair pair;
    test::FloodedEcho echo{pair.context};
    std::unique_ptr<test::H2Session> client;
};

TEST_F(DriverOverH2, X02_AResetFreesASessionWhoseCoroutineWaitsForRoom) {
    EXPECT_EQ(echo.ends, 0);

    client->stream->close();
    pair.run();

    EXPECT_EQ(echo.ends, 1);
    EXPECT_EQ(echo.closes, 1);
    EXPECT_EQ(echo.registry.size(), 0U);
    EXPECT_EQ(pair.server->stream_count(), 0U);
}

TEST_F(DriverOverH2, TheLossOfTheConnectionFreesASessionWhoseCoroutineWaitsForRoom) {
    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(echo.ends, 1);
    EXPECT_EQ(echo.closes, 1);
    EXPECT_EQ(echo.registry.size(), 0U);
}

// The Close and the end are the last that fit, or the first that do not.
TEST(DriverOverBusyH2, EndsInOrderHoweverFullTheOutputOfTheConnectionIsInEveryCase) {
    for (std::size_t queued = 950; queued < 1000; ++queued) {
        H2Pair pair({.protocol = {.max_output_bytes = 1000}});
        const auto busy = pair.open();
        test::Log log;
        Registry registry;
        pair.at_server.at_request = [&](h2::StreamId id) {
            (void)test::start_session(pair.loop, registry, *pair.server->accept(id, {}),
                                      {.handlers = log.handlers()});
        };
        const auto client = pair.open();
        pair.client_lower->set_reading(false);
        pair.client_lower->set_capacity(1);
        (void)test::write_text(*pair.accepted[0]->stream, std::string(queued, 'x'));
        pair.run();

        const auto close = test::frame(Role::client, 0x88, "\x03\xe8");
        EXPECT_EQ(client->stream->write(std::array{Bytes(close)}), close.size());
        client->stream->shut_down();
        pair.run();
        pair.client_lower->set_reading(true);
        pair.run();

        EXPECT_EQ(client->told.received, "\x88\x02\x03\xe8");
        EXPECT_EQ(client->told.end, std::error_code()) << queued;
        EXPECT_EQ(registry.size(), 0U);
    }
}

// RFC 8441 section 5: END_STREAM is the orderly end.
TEST(DriverOverFullStream, X05_TheAnswerToACloseEndsTheStreamThoughItFillsTheWindow) {
    H2Pair pair({}, {.protocol = {.stream_window_bytes = 4}});
    test::Log log;
    Registry registry;
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)test::start_session(pair.loop, registry, *pair.server->accept(id, {}),
                                  {.handlers = log.handlers()});
    };
    const auto client = pair.open();
    client->stream->set_reading(false);

    const auto close = test::frame(Role::client, 0x88, "\x03\xe8");
    EXPECT_EQ(client->stream->write_last(std::array{Bytes(close)}), close.size());
    pair.run();

    EXPECT_EQ(pair.server->stream_count(), 0U);
    EXPECT_EQ(registry.size(), 0U);
    client->stream->set_reading(true);
    pair.run();
    EXPECT_EQ(client->told.received, "\x88\x02\x03\xe8");
    EXPECT_EQ(client->told.end, std::error_code());
}

}  // namespace
}  // namespace tautline::session
