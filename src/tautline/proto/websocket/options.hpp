// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/time.hpp>
#include <tautline/proto/deflate/parameters.hpp>

namespace tautline {

/// What to do with a message when `max_buffered_bytes` wait already. Nothing is lost unnoticed
/// unless that is asked for.
enum class OverflowPolicy : std::uint8_t {
    wait,    ///< Coroutines and blocking calls wait for room. For a `Peer` and a `Sender`, which
             ///< cannot wait, it is `close`.
    refuse,  ///< The same, but a `Peer` and a `Sender` refuse it with `UsageError::queue_full`: for
             ///< applications that look at every result, and send it again at `on_drain`.
    drop,    ///< Drop the message, all of its parts or none, and say so in the result.
    close,   ///< Close the connection with 1008: the peer does not read, or not fast enough.
};

/// How messages are handed to the application.
enum class Delivery : std::uint8_t {
    whole,     ///< One event a message, however it was fragmented.
    streamed,  ///< Parts as they arrive: for messages larger than memory.
};

/// Every knob; `docs/limits.md` lists the defaults. Times are more than nothing, a year at most;
/// where there may be none, it is said how.
struct ConnectionOptions {
    /// Largest message accepted, after inflation. A larger one closes with 1009; so does a frame
    /// that is larger, when compressed by more than an eighth and 64 bytes.
    std::uint64_t max_message_bytes = 1024 * 1024;
    /// Charged for each fragment of an unfinished message, apart from its bytes: when the charges
    /// go over `max_message_bytes` the connection closes with 1008, so that floods of tiny
    /// fragments meet the same limit.
    std::size_t fragment_charge_bytes = 64;
    Delivery delivery = Delivery::whole;
    /// Total time for one message, from its first byte to its last. std::nullopt: for ever. Not
    /// applied to streamed delivery.
    std::optional<Duration> message_timeout = std::chrono::seconds(60);

    /// Messages longer than this are sent in fragments of this size. 0: never.
    std::size_t send_fragment_bytes = 0;

    /// Silence before a Ping. While the application does not read, a Pong is sent each half of it
    /// instead (`Peer::set_reading`). std::nullopt sends neither.
    std::optional<Duration> ping_interval = std::chrono::seconds(20);
    /// How long a Ping waits for any sign of life before the peer counts as dead. It waits anew
    /// while the peer takes what was sent before it, however slowly. A peer that neither sends nor
    /// takes anything ends by this.
    Duration pong_timeout = std::chrono::seconds(20);
    /// Total time for the closing handshake, flushing included.
    Duration close_timeout = std::chrono::seconds(10);
    /// How long messages wait for a peer that takes not one byte of them, whatever else it does: it
    /// does not read, and the connection fails with `slow_consumer`. A peer that sends but takes
    /// nothing ends by this, and any while Pings are off or reading is stopped. Zero: for ever.
    Duration stall_timeout = std::chrono::seconds(60);

    /// Backpressure: `on_drain` is due when what waits falls from above high to below low water.
    ///
    /// Coroutines and blocking calls stop reading when more than high water waits to be received,
    /// until a quarter is left. A peer that insists on the Pong of its own Ping, whatever else it
    /// hears, needs an application that takes in that time what arrives before it: see
    /// `Peer::set_reading`.
    std::size_t high_water_bytes = 64 * 1024;
    std::size_t low_water_bytes = 16 * 1024;
    /// A message is refused when this much waits already: memory is bounded by it plus one message.
    /// That one counts with all that is left of it: behind a message larger than this the next one
    /// may have to wait for `on_drain`.
    std::size_t max_buffered_bytes = 1024 * 1024;
    OverflowPolicy overflow = OverflowPolicy::wait;

    /// Shows Pings and Pongs to the application. They are answered either way.
    bool deliver_control_frames = false;

    /// What to offer (client) or accept (server). std::nullopt: no compression.
    std::optional<deflate::Options> compression = std::nullopt;
};

/// How one message is sent.
struct SendOptions {
    /// Compress this message. Without effect when compression was not agreed or it is too short.
    bool compress = true;
};

}  // namespace tautline
