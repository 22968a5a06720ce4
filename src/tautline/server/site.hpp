// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/io/loop.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/server/profiles.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::server {

/// What all connections of one loop have in common. Outlives them.
struct Site {
    io::Loop& loop;
    session::Registry& registry;
    const Routes& routes;
    const ServerOptions& options;
    bool going_away = false;  ///< The server stops: nothing new begins.
    Profiles profiles = {};

    void observe(const observe::Event& event) const {
        if (options.observer) options.observer->observe(event, loop.now());
    }
};

}  // namespace tautline::server
