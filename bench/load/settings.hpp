// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

enum class Mode : std::uint8_t { echo, idle, churn };
enum class Compression : std::uint8_t { none, takeover, fresh };

/// One measurement, as the command line of the load generator tells it.
struct Settings {
    Mode mode = Mode::echo;
    std::uint16_t port = 0;
    int server_pid = 0;
    bool tls = false;
    bool raw = false;  ///< The floor: no handshake, and the bytes come back as they were sent.
    unsigned connections = 1;
    unsigned in_flight = 1;
    std::size_t message_bytes = 20;
    unsigned fragments = 1;
    bool text = false;
    Compression compression = Compression::none;
    double warm_up = 0.3;
    double seconds = 1;
    /// Messages a second over all connections, sent when their time has come, answered or not;
    /// 0: each answer is followed by the next message.
    double rate = 0;
    /// Idle connections: send one message each before they fall silent.
    bool touch = false;
};

/// Ends the program with a usage line when the arguments are wrong.
Settings read_settings(int count, char** values);

}  // namespace bench
