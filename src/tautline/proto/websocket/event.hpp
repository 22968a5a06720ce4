// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <variant>

#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline {

/// How a connection ended: the last event, exactly once.
struct Closed {
    /// The code of the peer's Close, or of ours when none came; `abnormal` when there was neither,
    /// and `no_status` when the Close had none. RFC 6455 section 7.1.5.
    CloseCode code = CloseCode::abnormal;
    /// The code of our Close, when we sent it first. A peer without another code repeats it.
    CloseCode own_code = CloseCode::abnormal;
    /// The reason of the Close that gave `code`; ours when the peer only repeated our code. From
    /// the peer: never trust it, escape it for terminals.
    std::string reason;
    bool clean = false;     ///< A Close was both sent and received.
    bool by_peer = false;   ///< The peer began to close.
    std::error_code error;  ///< Why, when it was not the wish of either side: a PeerError, a
                            ///< TransportError or an error of the system.

    /// The code with which to close another connection that this one was joined with, as in a
    /// proxy: `code`, but `going_away` where no Close came (1006, 1015), for those codes may not be
    /// sent. `no_status` stays, and sends a Close without a code. `reason` always fits it.
    [[nodiscard]] CloseCode code_to_forward() const {
        const bool sendable = code == CloseCode::no_status || may_travel(code);
        return sendable ? code : CloseCode::going_away;
    }
};

namespace websocket {

// Views in events are valid until the next call on the engine.

struct MessageReceived {
    MessageType type;
    Bytes payload;
};
/// With `Delivery::streamed`: a piece of a message. Pieces of text may split a character.
struct PartReceived {
    MessageType type;
    Bytes payload;
    bool first;
    bool last;
};
/// Only with `deliver_control_frames`. It is answered either way.
struct PingReceived {
    Bytes payload;
};
/// Only with `deliver_control_frames`, but for the answer to a `send_ping`: those of the heartbeat
/// are kept from the application.
struct PongReceived {
    Bytes payload;
    std::optional<Duration> round_trip;  ///< Set when it answers a Ping of ours.
    bool to_application = false;         ///< It answers a Ping that the application sent.
};
/// The closing handshake began. Nothing more can be sent.
struct ClosingStarted {
    CloseCode code;
    bool by_peer;
};

using Event =
    std::variant<MessageReceived, PartReceived, PingReceived, PongReceived, ClosingStarted, Closed>;

}  // namespace websocket
}  // namespace tautline
