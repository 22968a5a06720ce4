// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace tautline::websocket {

/// How to inflate what the peer sends: for a server, by the client's half of the agreed parameters
/// (RFC 7692 section 7.1). std::nullopt without an agreement.
[[nodiscard]] std::optional<deflate::Decompressor::Settings> inflation_for(
    const EngineSetup& setup);

/// How to compress what we send, in the same way.
[[nodiscard]] std::optional<deflate::Compressor::Settings> deflation_for(const EngineSetup& setup);

}  // namespace tautline::websocket
