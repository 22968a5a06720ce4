// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/directions.hpp>

namespace tautline::websocket {

std::optional<deflate::Decompressor::Settings> inflation_for(const EngineSetup& setup) {
    if (!setup.compression) return std::nullopt;
    const deflate::Parameters& agreed = *setup.compression;
    if (setup.role == Role::server) {
        return deflate::Decompressor::Settings{
            .window_bits = agreed.client_max_window_bits,
            .context_takeover = !agreed.client_no_context_takeover};
    }
    return deflate::Decompressor::Settings{.window_bits = agreed.server_max_window_bits,
                                           .context_takeover = !agreed.server_no_context_takeover};
}

std::optional<deflate::Compressor::Settings> deflation_for(const EngineSetup& setup) {
    if (!setup.compression) return std::nullopt;
    const deflate::Parameters& agreed = *setup.compression;
    const auto options = setup.options->compression.value_or(deflate::Options());
    const bool server = setup.role == Role::server;
    return deflate::Compressor::Settings{
        .window_bits = server ? agreed.server_max_window_bits : agreed.client_max_window_bits,
        .level = options.level,
        .memory_level = options.memory_level,
        .context_takeover =
            !(server ? agreed.server_no_context_takeover : agreed.client_no_context_takeover)};
}

}  // namespace tautline::websocket
