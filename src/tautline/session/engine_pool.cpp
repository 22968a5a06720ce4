// SPDX-License-Identifier: MIT
#include <tautline/session/engine_pool.hpp>

#include <utility>

namespace tautline::session {

std::unique_ptr<websocket::Engine> EnginePool::take(Instant heard_at) {
    if (spare_.empty()) {
        setup_.now = heard_at;
        auto engine = kind_.make(setup_);
        engine->lend_output_memory({});
        return engine;
    }
    auto engine = std::move(spare_.back());
    spare_.pop_back();
    engine->resume(heard_at);
    return engine;
}

void EnginePool::give(std::unique_ptr<websocket::Engine> engine) {
    if (spare_.size() < kSpare) spare_.push_back(std::move(engine));
}

}  // namespace tautline::session
