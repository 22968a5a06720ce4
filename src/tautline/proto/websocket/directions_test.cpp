// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/directions.hpp>

#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

const deflate::Parameters kAgreed{.server_no_context_takeover = true,
                                  .client_no_context_takeover = false,
                                  .server_max_window_bits = 10,
                                  .client_max_window_bits = 12};

EngineSetup setup_for(Role role, const ConnectionOptions& options) {
    return {.role = role, .options = &options, .compression = kAgreed};
}

TEST(Directions, AServerInflatesAsTheClientWasToldToCompress) {
    const ConnectionOptions options;
    const auto settings = inflation_for(setup_for(Role::server, options));
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->window_bits, 12);
    EXPECT_TRUE(settings->context_takeover);
}

TEST(Directions, AClientInflatesAsTheServerWasToldToCompress) {
    const ConnectionOptions options;
    const auto settings = inflation_for(setup_for(Role::client, options));
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->window_bits, 10);
    EXPECT_FALSE(settings->context_takeover);
}

TEST(Directions, EachCompressesAsItsOwnHalfSays) {
    const ConnectionOptions options;
    const auto server = deflation_for(setup_for(Role::server, options));
    const auto client = deflation_for(setup_for(Role::client, options));
    ASSERT_TRUE(server && client);
    EXPECT_EQ(server->window_bits, 10);
    EXPECT_FALSE(server->context_takeover);
    EXPECT_EQ(client->window_bits, 12);
    EXPECT_TRUE(client->context_takeover);
}

TEST(Directions, TheLevelsAreThoseOfTheOptions) {
    ConnectionOptions options;
    options.compression = deflate::Options{.level = 3, .memory_level = 5};
    const auto settings = deflation_for(setup_for(Role::server, options));
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->level, 3);
    EXPECT_EQ(settings->memory_level, 5);
}

TEST(Directions, NothingWithoutAnAgreement) {
    const ConnectionOptions options;
    const EngineSetup setup{.options = &options};
    EXPECT_FALSE(inflation_for(setup));
    EXPECT_FALSE(deflation_for(setup));
}

}  // namespace
}  // namespace tautline::websocket
