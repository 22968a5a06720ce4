// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/directions.hpp>

#include <optional>
#include <utility>

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

// What was agreed for one direction: window bits and context takeover.
using Half = std::pair<int, bool>;
const Half kOfTheServer{10, false};
const Half kOfTheClient{12, true};

template <typename Settings>
Half half_in(const std::optional<Settings>& settings) {
    return {settings.value().window_bits, settings.value().context_takeover};
}

TEST(Directions, EachInflatesAsThePeerWasToldToCompress) {
    const ConnectionOptions options;

    EXPECT_EQ(half_in(inflation_for(setup_for(Role::server, options))), kOfTheClient);
    EXPECT_EQ(half_in(inflation_for(setup_for(Role::client, options))), kOfTheServer);
}

TEST(Directions, EachCompressesAsItsOwnHalfSays) {
    const ConnectionOptions options;

    EXPECT_EQ(half_in(deflation_for(setup_for(Role::server, options))), kOfTheServer);
    EXPECT_EQ(half_in(deflation_for(setup_for(Role::client, options))), kOfTheClient);
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
