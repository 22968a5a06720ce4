// SPDX-License-Identifier: MIT
#include <tautline/server/profiles.hpp>

namespace tautline::server {

namespace {

// A number for each agreement; no window has more than 15 bits.
int number_of(const std::optional<deflate::Parameters>& compression) {
    if (!compression) return 0;
    const int switches = (compression->server_no_context_takeover ? 2 : 0) +
                         (compression->client_no_context_takeover ? 1 : 0);
    const int windows =
        compression->server_max_window_bits * 16 + compression->client_max_window_bits;
    return 1 + windows * 4 + switches;
}

}  // namespace

std::shared_ptr<session::Profile> Profiles::find(
    const std::shared_ptr<const WebSocketRoute>& route,
    const std::optional<deflate::Parameters>& compression, const session::ProfileSetup& site) {
    auto& profile = profiles_[{route.get(), number_of(compression)}];
    if (profile) return profile;
    session::ProfileSetup setup = site;
    setup.engine = route->options.engine;
    setup.compression = compression;
    setup.options = {route, &route->options.connection};
    setup.handlers = {route, &route->handlers};
    profile = std::make_shared<session::Profile>(std::move(setup));
    return profile;
}

}  // namespace tautline::server
