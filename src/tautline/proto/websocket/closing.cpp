// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/closing.hpp>

#include <array>
#include <string>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::websocket {

namespace {

struct Edge {
    Closing::State from;
    Closing::Cause cause;
    Closing::State to;
};

using enum Closing::State;
using enum Closing::Cause;

constexpr std::array kTransitions{
    Edge{open, send_close, close_sent},     Edge{open, receive_close, ended},
    Edge{open, end_stream, ended},          Edge{open, fail, ended},
    Edge{close_sent, receive_close, ended}, Edge{close_sent, end_stream, ended},
    Edge{close_sent, give_up, ended},       Edge{close_sent, fail, ended},
};

}  // namespace

std::optional<Closing::State> Closing::next_state(State from, Cause cause) {
    for (const Edge& edge : kTransitions) {
        if (edge.from == from && edge.cause == cause) return edge.to;
    }
    return std::nullopt;
}

void Closing::transition_to(Cause cause) {
    const auto next = next_state(state_, cause);
    TAUTLINE_ASSERT(next.has_value());
    state_ = *next;
}

void Closing::record(const CloseFrame& close, bool by_peer, Instant give_up_at) {
    if (record_) return;
    record_ = std::make_unique<Record>();
    record_->closed.code = close.code;
    record_->closed.reason = std::string(close.reason);
    record_->closed.by_peer = by_peer;
    if (!by_peer) record_->closed.own_code = close.code;
    record_->give_up_at = give_up_at;
}

void Closing::send_close(const CloseFrame& close, Instant give_up_at) {
    transition_to(Cause::send_close);
    record(close, false, give_up_at);
    record_->start_untold = true;
}

void Closing::receive_close(const CloseFrame& close, Instant give_up_at) {
    const bool by_peer = state_ == State::open;
    transition_to(Cause::receive_close);
    record(close, by_peer, give_up_at);
    if (by_peer) record_->start_untold = true;
    // RFC 6455 section 7.1.5: the code and reason of a connection are those of the received Close.
    // A Close that only repeats our code keeps our reason.
    const bool repeats = close.code == record_->closed.own_code && close.reason.empty();
    if (!repeats) record_->closed.reason = std::string(close.reason);
    record_->closed.code = close.code;
    // RFC 6455 section 7.1.4: clean when the closing handshake was completed.
    record_->closed.clean = true;
}

void Closing::end_stream(std::error_code error, Instant give_up_at) {
    transition_to(Cause::end_stream);
    // RFC 6455 section 7.1.5: 1006 when no Close came.
    record({CloseCode::abnormal, {}}, false, give_up_at);
    record_->closed.error = error;
}

void Closing::give_up(std::error_code error) {
    transition_to(Cause::give_up);
    record_->closed.error = error;
}

void Closing::fail(const CloseFrame& close, std::error_code error, Instant give_up_at) {
    transition_to(Cause::fail);
    record(close, false, give_up_at);
    record_->closed.error = error;
}

std::optional<Event> Closing::poll_event() {
    if (!has_event()) return std::nullopt;
    const Closed& closed = record_->closed;
    if (std::exchange(record_->start_untold, false)) {
        return ClosingStarted{closed.by_peer ? closed.code : closed.own_code, closed.by_peer};
    }
    end_told_ = true;
    return closed;
}

std::optional<Instant> Closing::deadline() const {
    if (!record_) return std::nullopt;
    return record_->give_up_at;
}

}  // namespace tautline::websocket
