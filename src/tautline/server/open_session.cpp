// SPDX-License-Identifier: MIT
#include <tautline/server/open_session.hpp>

#include <utility>

#include <tautline/session/driver.hpp>

namespace tautline::server {

namespace {

// Keeps the place and the route of a WebSocket as long as its driver keeps its handlers.
struct OpenRoute {
    std::shared_ptr<void> place;
    std::shared_ptr<const WebSocketRoute> route;
};

}  // namespace

void open_session(const Site& site, AcceptedSession accepted, MutableBytes received) {
    const auto open_route = std::make_shared<OpenRoute>(
        OpenRoute{std::move(accepted.place), std::move(accepted.route)});
    const auto& route = *open_route->route;
    session::DriverSetup setup{.loop = &site.loop,
                               .registry = &site.registry,
                               .stream = std::move(accepted.stream),
                               .role = Role::server,
                               .engine = route.options.engine,
                               .options = {open_route->route, &route.options.connection},
                               .handlers = {open_route, &route.handlers},
                               .info = std::move(accepted.info),
                               .observer = site.options.observer};
    const auto driver = session::Driver::start(std::move(setup), received);
    if (site.going_away) driver->go_away();
}

}  // namespace tautline::server
