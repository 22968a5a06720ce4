// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

/// What every echo server of the comparison is told: the same for all.
struct ServerArguments {
    std::string certificate;  ///< PEM files; empty: no TLS.
    std::string key;
    bool deflate = false;  ///< Accept permessage-deflate as the client offers it.
    int level = 6;
    int memory_level = 8;
    int ping_seconds = 20;  ///< Heartbeat, where there is one.
    std::size_t max_message_bytes = 4 * std::size_t{1024} * 1024;

    [[nodiscard]] bool tls() const { return !certificate.empty(); }
};

/// Reads `--tls CERT KEY --deflate --level N --memory N --ping SECONDS`.
inline ServerArguments server_arguments(int count, char** values) {
    ServerArguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        const int left = count - i - 1;
        if (name == "--deflate") {
            arguments.deflate = true;
        } else if (name == "--tls" && left >= 2) {
            arguments.certificate = values[++i];
            arguments.key = values[++i];
        } else if (name == "--level" && left >= 1) {
            arguments.level = std::atoi(values[++i]);
        } else if (name == "--memory" && left >= 1) {
            arguments.memory_level = std::atoi(values[++i]);
        } else if (name == "--ping" && left >= 1) {
            arguments.ping_seconds = std::atoi(values[++i]);
        } else {
            std::fprintf(stderr, "%s: unknown option %s\n", values[0], values[i]);
            std::exit(2);
        }
    }
    return arguments;
}

/// Tells bench/run.py where the server listens.
inline void announce(std::uint16_t port) {
    std::printf("listening %u\n", static_cast<unsigned>(port));
    std::fflush(stdout);
}

}  // namespace bench
