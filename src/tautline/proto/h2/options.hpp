// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace tautline::h2 {

/// Whether this build speaks HTTP/2 (TAUTLINE_HTTP2). Without it HTTP/2 is neither offered nor
/// accepted.
#ifdef TAUTLINE_WITHOUT_HTTP2
inline constexpr bool kBuiltIn = false;
#else
inline constexpr bool kBuiltIn = true;
#endif

enum class Role : std::uint8_t { client, server };

/// What one HTTP/2 connection allows its peer. Every number is per connection.
struct Options {
    /// Servers: takes WebSockets (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC 8441 section 3).
    bool extended_connect = true;
    /// Streams that the peer may have open at once; a further one ends the connection. Each costs
    /// what a connection of its own would, but for the socket; servers count it as one.
    std::uint32_t max_concurrent_streams = 1024;
    /// What may arrive on a stream before somebody reads it: the memory that a slow reader takes.
    std::uint32_t stream_window_bytes = 64 * 1024;
    /// What may be on its way on all streams together. It does not wait for readers.
    std::uint32_t connection_window_bytes = 1024 * 1024;
    /// What all streams together may hold unread before the connection window waits for readers.
    /// With less than all their windows, silent streams can stop those that read.
    std::size_t max_unread_bytes = 64 * 1024 * 1024;
    /// Output that may wait. Beyond it streams cannot write; the last frame may go over it.
    std::size_t max_output_bytes = 256 * 1024;
    /// Servers: bodies of answers that wait to be sent. From here on requests are refused
    /// (REFUSED_STREAM: they may be sent again).
    std::size_t max_answer_bytes = 8 * 1024 * 1024;
    /// Streams reset by the peer, or through its fault: how many at once, and how many a second
    /// after that.
    std::size_t reset_burst = 1024;
    std::size_t resets_per_second = 33;
    /// Frames that cost more than they bring: PING, SETTINGS, PRIORITY, empty DATA, heads too
    /// large.
    std::size_t glitch_burst = 10'000;
    std::size_t glitches_per_second = 330;
    /// Entries in a SETTINGS frame.
    std::size_t max_settings = 32;
    /// CONTINUATION frames of one head.
    std::size_t max_continuations = 8;
    /// Acknowledgements of PING and SETTINGS that may wait for a peer which does not read.
    std::size_t max_unsent_acks = 1000;
};

}  // namespace tautline::h2
