// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_stream.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::transport {

namespace {

constexpr std::size_t kPiece = std::size_t{16} * 1024;

}  // namespace

H2Stream::~H2Stream() { close(); }

// ── from the user ──

void H2Stream::set_reading(bool reading) {
    TAUTLINE_ASSERT(handler_ || !reading);
    reading_ = reading;
    if (reading && (!unread_.empty() || peer_ended_)) wake();
}

std::size_t H2Stream::write_by(Write how, std::span<const Bytes> pieces) {
    const std::size_t total = total_bytes(pieces);
    if (broken() || total == 0) {
        if (total > 0) miss_carrier();
        return total;
    }
    const std::size_t taken = (carrier_->*how)(id_, pieces);
    blocked_ = taken < total;
    return taken;
}

std::size_t H2Stream::write(std::span<const Bytes> pieces) {
    return write_by(&H2Carrier::write, pieces);
}

std::size_t H2Stream::write_last(std::span<const Bytes> pieces) {
    const std::size_t taken = write_by(&H2Carrier::write_last, pieces);
    if (taken == total_bytes(pieces)) shut_down();
    return taken;
}

void H2Stream::shut_down() {
    if (std::exchange(shut_, true) || !carrier_) return;
    blocked_ = true;
    carrier_->finish(id_);
}

void H2Stream::close() {
    closed_ = true;
    unread_.release();
    if (H2Carrier* carrier = std::exchange(carrier_, nullptr)) carrier->abandon(id_);
}

// ── from the connection ──

void H2Stream::receive(MutableBytes bytes) {
    if (!reading_ || !unread_.empty()) return unread_.append(bytes);
    carrier_->consume(id_, bytes.size());
    handler_->on_bytes(bytes);
}

void H2Stream::receive_end() {
    peer_ended_ = true;
    if (reading_) wake();
}

void H2Stream::receive_room() {
    if (flushed() && std::exchange(blocked_, false) && handler_) handler_->on_writable();
}

void H2Stream::fail(std::error_code error) {
    carrier_ = nullptr;
    if (!peer_ended_ || !shut_) error_ = error;
    wake();
}

// A user that writes but does not read would never see the peer's end: it gets the error instead.
void H2Stream::miss_carrier() {
    if (!error_ || reading_) return;
    peer_ended_ = false;
    wake();
}

void H2Stream::on_turn() {
    // A stream without a carrier takes everything that is written, and drops it.
    if (!carrier_ && peer_ended_ && !closed_) receive_room();
    if (closed_ || ended_) return;
    if (error_ && !peer_ended_) return break_off();
    if (reading_ && !unread_.empty()) deliver();
    if (closed_ || ended_ || !unread_.empty()) return;
    if (reading_ && peer_ended_) return end({});
    if (error_ && !reading_) end(error_);
}

// Moves the bytes out: the handler may stop reading, and the carrier may bring more. In pieces:
// bytes that the handler keeps for later are no longer in the window.
void H2Stream::deliver() {
    while (reading_ && !closed_ && !unread_.empty()) {
        Buffer piece;
        piece.append(std::as_const(unread_).readable().first(std::min(kPiece, unread_.size())));
        unread_.consume(piece.size());
        if (carrier_) carrier_->consume(id_, piece.size());
        handler_->on_bytes(piece.readable());
    }
}

// What had arrived comes first, whether the handler reads or not. The error has a turn of its own:
// the stream may be retired in the call.
void H2Stream::break_off() {
    if (unread_.empty() || !handler_) return end(error_);
    Buffer rest = std::exchange(unread_, {});
    handler_->on_bytes(rest.readable());
    wake();
}

void H2Stream::end(std::error_code error) {
    ended_ = true;
    if (handler_) handler_->on_end(error);
}

}  // namespace tautline::transport
