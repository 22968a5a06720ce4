// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <tautline/base/buffer_pool.hpp>
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
    std::shared_ptr<const void> permit = nullptr;  ///< Of a client: kept until its session ends.
};

/// What connections that were opened alike have in common: those of one route on one loop that
/// agreed on the same compression. Each holds one pointer to all of it.
///
/// Lifetime: shared by who makes drivers of it; kept by these.
/// Threads: those of its loop.
struct Profile : std::enable_shared_from_this<Profile> {
    explicit Profile(ProfileSetup setup);

    /// A driver begins: the profile lives at least until it ends.
    void join() {
        if (drivers_++ == 0) self_ = shared_from_this();
    }
    /// A driver ends. The profile may be gone then.
    void leave() {
        if (--drivers_ == 0) std::exchange(self_, nullptr).reset();
    }

    io::Loop& loop;
    Registry& registry;
    const Role role;
    const std::shared_ptr<const ConnectionOptions> options;
    const std::shared_ptr<const Handlers> handlers;
    const std::shared_ptr<observe::Observer> observer;
    std::shared_ptr<const void> permit;
    /// Those of `options`, with control frames shown where there is an observer.
    const std::shared_ptr<const ConnectionOptions> engine_options;
    const std::shared_ptr<BufferPool> buffers;
    EnginePool engines;
    InfoPool infos;

private:
    std::size_t drivers_ = 0;
    std::shared_ptr<Profile> self_;  // while there are drivers
};

}  // namespace tautline::session
