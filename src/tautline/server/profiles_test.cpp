// SPDX-License-Identifier: MIT
#include <tautline/server/profiles.hpp>

#include <set>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace tautline::server {
namespace {

struct ProfilesTest : testing::Test {
    std::shared_ptr<session::Profile> find(const std::shared_ptr<const WebSocketRoute>& of,
                                           std::optional<deflate::Parameters> compression = {}) {
        return profiles.find(of, compression,
                             {.loop = &io::Loop::of(context), .registry = &registry});
    }

    asio::io_context context;
    session::Registry registry;
    Profiles profiles;
    std::shared_ptr<const WebSocketRoute> route = std::make_shared<WebSocketRoute>();
};

TEST_F(ProfilesTest, TakesItsOptionsAndHandlersFromTheRoute) {
    const auto profile = find(route);
    EXPECT_EQ(profile->options.get(), &route->options.connection);
    EXPECT_EQ(profile->handlers.get(), &route->handlers);
    EXPECT_EQ(profile->role, Role::server);
}

TEST_F(ProfilesTest, IsTheSameForConnectionsThatWereOpenedAlike) {
    EXPECT_EQ(find(route), find(route));
    EXPECT_EQ(find(route, deflate::Parameters()), find(route, deflate::Parameters()));
}

TEST_F(ProfilesTest, DiffersWithTheRoute) {
    EXPECT_NE(find(route), find(std::make_shared<WebSocketRoute>()));
}

TEST_F(ProfilesTest, DiffersWithEveryParameterOfTheCompression) {
    std::set<std::shared_ptr<session::Profile>> found{find(route)};
    for (int i = 0; i < 256; ++i) {
        found.insert(find(route, deflate::Parameters{.server_no_context_takeover = (i & 1) != 0,
                                                     .client_no_context_takeover = (i & 2) != 0,
                                                     .server_max_window_bits = 8 + (i >> 2) % 8,
                                                     .client_max_window_bits = 8 + (i >> 5)}));
    }
    EXPECT_EQ(found.size(), 257U);
}

TEST_F(ProfilesTest, KeepsTheRouteAlive) {
    const std::weak_ptr<const WebSocketRoute> weak = route;
    (void)find(route);
    route.reset();
    EXPECT_FALSE(weak.expired());
}

}  // namespace
}  // namespace tautline::server
