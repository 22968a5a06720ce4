// SPDX-License-Identifier: MIT
#include <tautline/transport/memory_stream.hpp>

#include <algorithm>
#include <cstring>

#include <tautline/base/assert.hpp>

namespace tautline::transport {

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> make_memory_pair(
    io::Loop& loop, std::size_t capacity) {
    std::unique_ptr<MemoryStream> first(new MemoryStream(loop, capacity));
    std::unique_ptr<MemoryStream> second(new MemoryStream(loop, capacity));
    first->peer_ = second.get();
    second->peer_ = first.get();
    return {std::move(first), std::move(second)};
}

MemoryStream::~MemoryStream() { close(); }

void MemoryStream::set_reading(bool reading) {
    TAUTLINE_ASSERT(handler_ || !reading);
    reading_ = reading;
    if (reading) wake();
}

std::size_t MemoryStream::write(std::span<const Bytes> pieces) {
    const bool dropped = broken();
    if (!peer_ && !closed_ && !error_) {
        error_ = std::make_error_code(std::errc::broken_pipe);
        wake();
    }
    std::size_t taken = 0;
    for (const Bytes piece : pieces) {
        const std::size_t count = dropped ? piece.size() : std::min(piece.size(), peer_->room());
        if (!dropped) peer_->arriving_.append(piece.first(count));
        taken += count;
        blocked_ = count < piece.size();
        if (blocked_) break;
    }
    if (peer_) peer_->wake();
    return taken;
}

void MemoryStream::shut_down() {
    if (std::exchange(shut_, true) || !peer_) return;
    peer_->peer_ended_ = true;
    peer_->wake();
}

void MemoryStream::close() {
    closed_ = true;
    MemoryStream* peer = std::exchange(peer_, nullptr);
    if (!peer) return;
    peer->peer_ = nullptr;
    peer->peer_ended_ = true;
    peer->wake();
}

void MemoryStream::fail(std::error_code error) {
    for (MemoryStream* end : {this, peer_}) {
        if (!end) continue;
        end->error_ = error;
        end->arriving_.release();
        end->wake();
    }
}

void MemoryStream::on_turn() {
    if (closed_) return;
    if (blocked_ && !error_ && (!peer_ || peer_->room() > 0)) {
        blocked_ = false;
        handler_->on_writable();
    }
    if (closed_ || ended_) return;
    if (error_ && arriving_.empty()) return end(error_);
    if (!reading_ && !error_) return;
    if (!arriving_.empty()) return deliver();
    if (peer_ended_) end({});
}

// The block is gone when the handler returns, and the handler may write to the other end meanwhile.
void MemoryStream::deliver() {
    const std::size_t count = std::min(delivery_bytes_, arriving_.size());
    const auto block = std::make_unique_for_overwrite<std::byte[]>(count);
    std::memcpy(block.get(), arriving_.readable().data(), count);
    arriving_.consume(count);
    if (peer_ && peer_->blocked_) peer_->wake();
    wake();
    handler_->on_bytes({block.get(), count});
}

std::size_t MemoryStream::room() const { return capacity_ - std::min(capacity_, arriving_.size()); }

void MemoryStream::wake() { loop_.call_soon(*this); }

void MemoryStream::end(std::error_code error) {
    ended_ = true;
    if (handler_) handler_->on_end(error);
}

}  // namespace tautline::transport
