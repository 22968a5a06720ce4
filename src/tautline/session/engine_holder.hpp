// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <tautline/base/assert.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace tautline::session {

/// An engine or, while there is none, when its peer was last heard: in one word, because idle
/// connections are many.
///
/// Limits: times within 146 years of the zero of their clock.
class EngineHolder {
public:
    explicit EngineHolder(Instant heard_at) : word_(word_for(heard_at)) {}
    ~EngineHolder() { (void)release(Instant()); }
    EngineHolder(const EngineHolder&) = delete;
    EngineHolder& operator=(const EngineHolder&) = delete;

    [[nodiscard]] explicit operator bool() const { return (word_ & 1) == 0; }
    [[nodiscard]] websocket::Engine* operator->() const {
        return reinterpret_cast<websocket::Engine*>(static_cast<std::uintptr_t>(word_));  // NOLINT
    }
    /// Only while there is no engine.
    [[nodiscard]] Instant heard_at() const { return Instant(Duration(word_ >> 1)); }

    void hold(std::unique_ptr<websocket::Engine> engine) {
        TAUTLINE_ASSERT(!*this);
        word_ = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(engine.release()));
    }
    /// The engine; null when there is none.
    std::unique_ptr<websocket::Engine> release(Instant heard_at) {
        std::unique_ptr<websocket::Engine> engine(*this ? operator->() : nullptr);
        word_ = word_for(heard_at);
        return engine;
    }

private:
    static std::int64_t word_for(Instant heard_at) {
        return heard_at.time_since_epoch().count() * 2 + 1;
    }

    std::int64_t word_;  // the address of the engine, which is even; or a time, made odd
};

}  // namespace tautline::session
