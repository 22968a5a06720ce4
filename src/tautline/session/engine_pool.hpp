// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace tautline::session {

/// Engines that were set up in the same way, for connections on which something is under way. One
/// at rest is given back, so that few serve very many connections, and are warm in the cache.
///
/// Limits: keeps `kSpare` engines.
/// Lifetime: what `setup` points at outlives the engines.
/// Threads: one at a time.
class EnginePool {
public:
    static constexpr std::size_t kSpare = 8;

    EnginePool(const websocket::EngineKind& kind, const websocket::EngineSetup& setup)
        : kind_(kind), setup_(setup) {}

    /// An engine for a connection whose peer was last heard at `heard_at`, with memory for output.
    [[nodiscard]] std::unique_ptr<websocket::Engine> take(Instant heard_at);
    /// Takes an engine that is at rest and has memory for output.
    void give(std::unique_ptr<websocket::Engine> engine);

private:
    const websocket::EngineKind& kind_;
    websocket::EngineSetup setup_;
    std::vector<std::unique_ptr<websocket::Engine>> spare_;
};

}  // namespace tautline::session
