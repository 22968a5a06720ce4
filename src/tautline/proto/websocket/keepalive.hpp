// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

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
/// While the application does not read, silence proves nothing: the Pings of the peer and its
/// answers stand behind what is not read. The peer is left in peace then, but hears of us: an
/// unsolicited Pong each half `ping_interval`, also when reading only pauses again and again. It is
/// half of it because a Ping of the peer may have waited for its answer before the pause. It is a
/// Pong because nobody answers one, and a peer that we do not read may have no room for answers.
/// `options` must be the same in every call.
/// Spec: RFC 6455 sections 5.5.2 and 5.5.3.
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

    /// The peer still takes what was sent before our Ping, and cannot have seen that: it has
    /// `pong_timeout` again. A round trip that includes such a wait is not measured.
    void wait_on(Instant now) {
        if (!waiting_) return;
        spoke_at_ = now;
        unanswered_ = false;
    }

    void set_reading(bool reading, Instant now);
    [[nodiscard]] bool reading() const { return reading_; }

    [[nodiscard]] std::optional<Instant> next_timeout(const ConnectionOptions& options) const;

    enum class Action : std::uint8_t { none, ping, pong, dead };
    /// What is due. After `ping` a Ping with `ping_payload` is to be sent; after `pong` a Pong with
    /// `kPongPayload`, unless something waits to be sent that says as much.
    [[nodiscard]] Action handle_timeout(Instant now, const ConnectionOptions& options);
    /// Not that of any Ping, and plain to whoever looks at the wire.
    static constexpr std::string_view kPongPayload = "not reading";
    static constexpr std::size_t kPingBytes = 4;
    [[nodiscard]] std::array<std::byte, kPingBytes> ping_payload() const;

    /// Whether no Ping waits for its answer and no pause of the application asks for a word of us:
    /// then `heard_at` is all that there is to know.
    [[nodiscard]] bool at_rest(const ConnectionOptions& options) const;
    /// Goes on from rest with a peer that was last heard at `heard_at`.
    void resume(Instant heard_at) { heard_at_ = heard_at; }

private:
    Instant heard_at_;
    Instant spoke_at_;  // our last Ping, or the last Pong of a pause, or where that began
    std::unique_ptr<PingTable> application_pings_;
    std::uint32_t ping_number_ = 0;
    bool waiting_ = false;     // for a byte, since our Ping
    bool unanswered_ = false;  // the Pong of that Ping has not come
    bool reading_ = true;
    bool paused_ = false;  // reading was stopped, perhaps for a moment, and we did not ping since
};

}  // namespace tautline::websocket
