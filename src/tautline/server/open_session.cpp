// SPDX-License-Identifier: MIT
#include <tautline/server/open_session.hpp>

#include <utility>

#include <tautline/session/driver.hpp>

namespace tautline::server {

void open_session(Site& site, AcceptedSession accepted, MutableBytes received) {
    auto profile = site.profiles.find(
        accepted.route, accepted.info->compression,
        {.loop = &site.loop, .registry = &site.registry, .observer = site.options.observer});
    session::DriverSetup setup{.profile = std::move(profile),
                               .stream = std::move(accepted.stream),
                               .info = std::move(accepted.info),
                               .slot = std::move(accepted.slot)};
    auto& driver = session::Driver::start(std::move(setup), received);
    if (site.going_away) driver.go_away();
}

}  // namespace tautline::server
