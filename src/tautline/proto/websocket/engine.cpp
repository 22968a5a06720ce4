// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/engine.hpp>

#include <tautline/base/assert.hpp>
#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {

void Engine::resume(Instant) {
    TAUTLINE_ASSERT(false);  // this engine is never at rest
}

const EngineKind& native_engine() {
    static constexpr EngineKind kind{
        .name = "native",
        .make = [](const EngineSetup& setup) -> std::unique_ptr<Engine> {
            return std::make_unique<Connection>(setup);
        },
        .compression = true,
        .streaming = true,
    };
    return kind;
}

}  // namespace tautline::websocket
