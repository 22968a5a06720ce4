// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/proto/websocket/ping_table.hpp>

namespace tautline::websocket {

/// Notices a peer that is gone, and measures round trips.
///
///                 silence for ping_interval: Ping
///     listening ─────────────────────────────────▶ waiting ──▶ silence for pong_timeout: dead
///         ▲                 any byte                  │
///         └───────────────────────────────────────────┘
///
/// While the application does not read, silence proves nothing and the schedule stands still.
/// `options` must be the same in every call.
class Keepalive {
public:
    explicit Keepalive(Instant now) : heard_at_(now) {}

    /// Any byte is a sign of life, also that of a Pong without a Ping.
    void receive_bytes(Instant now) {
        heard_at_ = now;
        waiting_ = false;
    }
    [[nodiscard]] Instant heard_at() const { return heard_at_; }

    struct Answer {
        bool to_application;  ///< It settles a Ping that the application sent.
        std::optional<Duration> round_trip;
    };
    [[nodiscard]] Answer receive_pong(Bytes payload, Instant now);
    /// The application sent a Ping.
    void send_ping(Bytes payload, Instant now);

    void set_reading(bool reading, Instant now);
    [[nodiscard]] bool reading() const { return reading_; }

    [[nodiscard]] std::optional<Instant> next_timeout(const ConnectionOptions& options) const;

    enum class Action : std::uint8_t { none, ping, dead };
    /// What is due. After `ping` a Ping with `ping_payload` is to be sent.
    [[nodiscard]] Action handle_timeout(Instant now, const ConnectionOptions& options);
    static constexpr std::size_t kPingBytes = 4;
    [[nodiscard]] std::array<std::byte, kPingBytes> ping_payload() const;

    /// Whether no Ping waits for its answer and the application reads: then `heard_at` is all that
    /// there is to know.
    [[nodiscard]] bool at_rest() const;
    /// Goes on from rest with a peer that was last heard at `heard_at`.
    void resume(Instant heard_at) { heard_at_ = heard_at; }

private:
    Instant heard_at_;
    Instant pinged_at_;
    std::unique_ptr<PingTable> application_pings_;
    std::uint32_t ping_number_ = 0;
    bool waiting_ = false;     // no byte came since `pinged_at_`
    bool unanswered_ = false;  // the Pong of that Ping has not come
    bool reading_ = true;
};

}  // namespace tautline::websocket
