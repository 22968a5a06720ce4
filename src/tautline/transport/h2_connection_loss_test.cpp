// SPDX-License-Identifier: MIT
// What is told, and how often, when a connection is lost or closed.
#include <cstdint>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>

namespace tautline::transport {
namespace {

using test::get_request;
using test::H2Answer;
using test::H2Pair;
using test::keep;
using test::websocket_request;
using test::write_text;

TEST(H2Connection, X07_EndsEachStreamOnceWhenTheConnectionIsLost) {
    H2Pair pair;
    const auto first = pair.open();
    const auto second = pair.open();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    for (const auto* told : {&first->told, &second->told, &pair.accepted[0]->told}) {
        EXPECT_EQ(told->ends, 1);
        EXPECT_EQ(told->end, std::make_error_code(std::errc::connection_reset));
    }
    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_server.ends, 1);
}

TEST(H2Connection, X07_AnEndOfTheLowerStreamIsAnErrorForOpenStreams) {
    H2Pair pair;
    const auto session = pair.open();

    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(session->told.end, TransportError::closed_early);
    EXPECT_EQ(pair.at_client.end, TransportError::closed_early);
}

std::string go_away(std::uint32_t last, h2::ErrorCode code) {
    const auto number = static_cast<std::uint32_t>(code);
    return test::frame(0x7, 0, 0, test::big_endian(last, 4) + test::big_endian(number, 4));
}

TEST(H2Connection, X07_StreamsThatEndBehindAGoawayGetItsCode) {
    H2Pair pair;
    const auto session = pair.open();
    const auto calm = h2::make_error_code(h2::ErrorCode::enhance_your_calm);

    (void)write_text(*pair.server_lower, go_away(1, h2::ErrorCode::enhance_your_calm));
    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(session->told.end, calm);
    EXPECT_EQ(pair.at_client.end, calm);
}

TEST(H2Connection, X07_StreamsThatAGoawayLeavesOutGetItsCode) {
    H2Pair pair;
    const auto session = pair.open();

    (void)write_text(*pair.server_lower, go_away(0, h2::ErrorCode::internal_error));
    pair.run();

    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::internal_error));
}

TEST(H2Connection, X07_AGoawayInOrderIsNoReason) {
    H2Pair pair;
    const auto session = pair.open();

    (void)write_text(*pair.server_lower, go_away(1, h2::ErrorCode::no_error));
    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(session->told.end, TransportError::closed_early);
}

TEST(H2Connection, EndsWithoutAnErrorWhenThePeerClosesAnIdleConnection) {
    H2Pair pair;

    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST(H2Connection, X07_StreamsOutliveTheirConnection) {
    H2Pair pair;
    const auto session = pair.open();
    session->told.at_end = [&] { EXPECT_EQ(write_text(*session->stream, "late"), 4U); };

    pair.client.reset();
    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, UsageError::closed);
    EXPECT_EQ(pair.accepted[0]->told.ends, 1);
}

TEST(H2Connection, X07_TheConnectionMayBeRetiredInTheEndOfAStream) {
    H2Pair pair;
    const auto first = pair.open();
    auto second = pair.open();
    first->told.at_end = [&] {
        pair.loop.retire(std::move(pair.client));
        second.reset();
    };

    pair.client_lower->fail(std::make_error_code(std::errc::broken_pipe));
    pair.run();

    EXPECT_EQ(first->told.ends, 1);
}

TEST(H2Connection, X07_FailsRequestsWithoutAResponse) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    H2Answer response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(response->error(), std::make_error_code(std::errc::connection_reset));
    EXPECT_EQ(pair.at_server.cancelled, 1);
}

// RFC 9113 section 8.7.
TEST(H2Connection, X07_ARequestThatWaitsAtAnOrderlyEndWasNotProcessed) {
    H2Pair pair({.protocol = {.max_concurrent_streams = 0}});
    H2Answer response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    (void)write_text(*pair.server_lower, go_away(0, h2::ErrorCode::no_error));
    pair.run();

    EXPECT_EQ(response->error(), h2::make_error_code(h2::ErrorCode::refused_stream));
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST(H2Connection, X07_CallsNobodyAfterItWasClosed) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    H2Answer response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    pair.client->close();
    pair.server->close();
    pair.run();

    EXPECT_FALSE(response);
    EXPECT_EQ(pair.at_client.ends + pair.at_server.ends + pair.at_server.cancelled, 0);
    EXPECT_EQ(pair.client->open(get_request(), keep(response)).error(), UsageError::closed);
}

TEST(H2Connection, X07_CloseInsideOfARequestStopsTheRest) {
    H2Pair pair;
    H2Answer first;
    H2Answer second;
    pair.at_server.at_request = [&](h2::StreamId) { pair.server->close(); };
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(first)));
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(second)));

    pair.run();

    EXPECT_EQ(pair.at_server.ids.size(), 1U);
    EXPECT_FALSE(first->has_value());
    EXPECT_FALSE(second->has_value());
}

}  // namespace
}  // namespace tautline::transport
