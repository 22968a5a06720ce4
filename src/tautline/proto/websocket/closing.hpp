// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/close_frame.hpp>
#include <tautline/proto/websocket/event.hpp>

namespace tautline::websocket {

/// The closing handshake, and the only place that knows how a connection ended.
///
///              send_close                 receive_close, end_stream, give_up, fail
///     open ──────────────────▶ close_sent ──────────────────────────────────────▶ ended
///       │                                                                           ▲
///       └───────────────────── receive_close, end_stream, fail ─────────────────────┘
///
/// Everything that affects the transitions is in this unit, and it does not know the role.
/// Calling order: a cause may be reported only where the picture has an edge for it; owners ask
/// `state()` first. After each, `poll_event` until std::nullopt.
/// Drawn in docs/design/closing.dot.
/// Spec: RFC 6455 sections 5.5.1 and 7.1.
class Closing {
public:
    enum class State : std::uint8_t { open, close_sent, ended };
    enum class Cause : std::uint8_t { send_close, receive_close, end_stream, give_up, fail };

    /// Where `cause` leads from `from`; std::nullopt where the picture has no edge.
    [[nodiscard]] static std::optional<State> next_state(State from, Cause cause);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool open() const { return state_ == State::open; }
    [[nodiscard]] bool ended() const { return state_ == State::ended; }
    /// Whether `poll_event` has returned `Closed`.
    [[nodiscard]] bool end_told() const { return end_told_; }

    /// We send a Close first; the peer has time until `give_up_at`.
    void send_close(const CloseFrame& close, Instant give_up_at);
    /// The peer's Close came. From `open` it is to be answered.
    void receive_close(const CloseFrame& close, Instant give_up_at);
    /// The peer ended the stream.
    void end_stream(std::error_code error, Instant give_up_at);
    /// The deadline passed.
    void give_up(std::error_code error);
    /// The connection cannot go on; `close` is what we send, unless our Close was sent before.
    void fail(const CloseFrame& close, std::error_code error, Instant give_up_at);

    /// Whether `poll_event` has something.
    [[nodiscard]] bool has_event() const {
        return record_ && (record_->start_untold || (ended() && !end_told_));
    }
    [[nodiscard]] std::optional<Event> poll_event();

    /// When to drop the stream, whatever still waits. The first one set stays: it bounds the whole
    /// closing.
    [[nodiscard]] std::optional<Instant> deadline() const;

private:
    struct Record {
        Closed closed;
        Instant give_up_at;
        bool start_untold = false;
    };

    void transition_to(Cause cause);
    void record(const CloseFrame& close, bool by_peer, Instant give_up_at);

    std::unique_ptr<Record> record_;  // made by the first edge out of `open`
    State state_ = State::open;
    bool end_told_ = false;
};

}  // namespace tautline::websocket
