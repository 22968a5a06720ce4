// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/io/loop.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/server/profiles.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::server {

/// What all connections of one loop have in common. Outlives them, and the registry that owns them.
struct Site {
    io::Loop& loop;
    session::Registry& registry;
    const Routes& routes;
    const ServerOptions& options;
    bool going_away = false;  ///< The server stops: nothing new begins.
    Profiles profiles = {};
    std::string (*clock)() = nullptr;  ///< The Date of answers. Null: they have none.

    [[nodiscard]] std::string date() const { return clock ? clock() : std::string(); }
    /// For a request that begins.
    [[nodiscard]] observe::CallId new_call_id() const {
        return observe::new_call_id(options.observer);
    }
    void observe(observe::CallId call, const observe::Event& event) const {
        if (!options.observer) return;
        observe::tell(options.observer, event, {call, loop.now()});
    }
    /// Calls the application. A handler that throws gives a 500.
    [[nodiscard]] Response answer(observe::CallId id, const PlainCall& call,
                                  const http::RequestHead& request,
                                  const transport::StreamInfo& stream) const {
        auto response = Response::text("The server failed to answer.\n", 500);
        (void)contained([&] { response = (*call.handler)({request, call.parameters, stream}); },
                        [&](const auto& thrown) { observe(id, observe::HandlerThrew{thrown}); });
        return response;
    }
};

}  // namespace tautline::server
