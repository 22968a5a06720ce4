// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/session/profile.hpp>

namespace tautline::server {

/// The profiles of the sessions of one loop: one for each route and agreement on compression.
///
/// Limits: a route has at most 257: two switches, and two windows of eight sizes, or none.
/// Threads: those of the loop.
class Profiles {
public:
    /// The profile for `route` and `compression`, made of `site` when it is the first.
    [[nodiscard]] std::shared_ptr<session::Profile> find(
        const std::shared_ptr<const WebSocketRoute>& route,
        const std::optional<deflate::Parameters>& compression, const session::ProfileSetup& site);

private:
    using Key = std::pair<const WebSocketRoute*, int>;
    std::map<Key, std::shared_ptr<session::Profile>> profiles_;
};

}  // namespace tautline::server
