// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include <tautline/io/loop.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/session/engine_pool.hpp>
#include <tautline/session/info_pool.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::session {

/// What a profile is made of.
struct ProfileSetup {
    io::Loop* loop = nullptr;
    Registry* registry = nullptr;  ///< Owns the drivers.
    Role role = Role::server;
    const websocket::EngineKind* engine = nullptr;
    std::optional<deflate::Parameters> compression = std::nullopt;
    std::shared_ptr<const ConnectionOptions> options = nullptr;
    std::shared_ptr<const Handlers> handlers = nullptr;
    std::shared_ptr<observe::Observer> observer = nullptr;  ///< May be null.
};

/// What connections that were opened alike have in common: those of one route on one loop that
/// agreed on the same compression. Each holds one pointer to all of it.
///
/// Lifetime: shared by its drivers. Threads: those of its loop.
struct Profile {
    explicit Profile(ProfileSetup setup);

    io::Loop& loop;
    Registry& registry;
    const Role role;
    const std::shared_ptr<const ConnectionOptions> options;
    const std::shared_ptr<const Handlers> handlers;
    const std::shared_ptr<observe::Observer> observer;
    EnginePool engines;
    InfoPool infos;
};

}  // namespace tautline::session
