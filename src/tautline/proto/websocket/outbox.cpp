// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/outbox.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/proto/websocket/frame_header.hpp>
#include <tautline/proto/websocket/masking.hpp>

namespace tautline::websocket {

namespace {

// An owner that never lends memory keeps this much between batches, so that small messages need no
// allocation each.
constexpr std::size_t kKeptBytes = 4096;
// Lent memory that has grown beyond this is not worth keeping.
constexpr std::size_t kLentBytes = std::size_t{2} * 1024 * 1024;

struct QueuedFrame {
    Opcode opcode;
    std::size_t bytes;  // header and payload
};

// Reads a frame of ours, whole and at the front of `queue`, as the peer will.
QueuedFrame read_queued_frame(Bytes queue, Role local) {
    const Role peer = local == Role::client ? Role::server : Role::client;
    const auto header = read_frame_header(queue, peer, Rsv1::allowed);
    TAUTLINE_ASSERT(header.has_value() && header->has_value());
    const FrameHeader& found = **header;
    return {found.opcode, frame_header_bytes(found) + static_cast<std::size_t>(found.length)};
}

}  // namespace

struct Outbox::Backlog {
    std::size_t started = 0;  // bytes at the front of the data queue that belong to a started frame
    Buffer control;
    std::optional<Buffer> pending_pong;  // the payload of the latest Ping that is not answered
    Buffer aside;    // lent memory that is not used, because the queue had something already
    Bytes in_place;  // the payload that follows the queue, when it was not copied
};

Outbox::Outbox(Role local, RandomBytes* random) : random_(random), local_(local) {}

Outbox::~Outbox() = default;

Outbox::Backlog& Outbox::backlog() {
    if (!backlog_) backlog_ = std::make_unique<Backlog>();
    return *backlog_;
}

FrameHeader Outbox::header_for(const OutgoingFrame& frame) {
    FrameHeader header{.length = frame.payload.size(),
                       .opcode = frame.opcode,
                       .fin = frame.fin,
                       .rsv1 = frame.rsv1,
                       .masked = local_ == Role::client};
    // RFC 6455 section 5.3: a fresh key for every frame that the application cannot foresee.
    if (header.masked) random_->fill(header.key);
    return header;
}

void Outbox::append(Buffer& to, const OutgoingFrame& frame) {
    const FrameHeader header = header_for(frame);
    const MutableBytes room = to.prepare(kMaxFrameHeaderBytes + frame.payload.size());
    const std::size_t size = write_frame_header(header, room.first<kMaxFrameHeaderBytes>());
    std::byte* const payload = room.data() + size;
    if (header.masked) {
        copy_masked(frame.payload, payload, header.key, 0);
    } else if (!frame.payload.empty()) {
        std::memcpy(payload, frame.payload.data(), frame.payload.size());
    }
    to.commit(size + frame.payload.size());
}

void Outbox::write_in_place(const OutgoingFrame& frame) {
    // Masking copies the payload anyway, and after a backlog it would not be written soon.
    if (local_ == Role::client || backlog_) return write(frame);
    const MutableBytes room = queue_.prepare(kMaxFrameHeaderBytes);
    queue_.commit(write_frame_header(header_for(frame), room.first<kMaxFrameHeaderBytes>()));
    backlog().in_place = frame.payload;
}

void Outbox::write_close(const CloseFrame& close) {
    answer_pending_ping();
    std::array<std::byte, kMaxControlBytes> payload{};
    const std::size_t size = write_close_frame(close, payload);
    write({.opcode = Opcode::close, .payload = Bytes(payload).first(size)});
}

void Outbox::write_control(Opcode opcode, Bytes payload) {
    append(backlog_ ? backlog_->control : queue_, {.opcode = opcode, .payload = payload});
}

void Outbox::answer_ping(Bytes payload, std::size_t mark_bytes) {
    if (size() <= mark_bytes) return write_control(Opcode::pong, payload);
    // RFC 6455 section 5.5.3: it is enough to answer the latest Ping.
    backlog().pending_pong.emplace().append(payload);
}

void Outbox::answer_pending_ping() {
    if (!backlog_ || !backlog_->pending_pong) return;
    const Buffer payload = std::move(*backlog_->pending_pong);
    backlog_->pending_pong.reset();
    write_control(Opcode::pong, payload.readable());
}

void Outbox::drop_data() {
    const std::size_t started = backlog_ ? backlog_->started : 0;
    std::array<std::byte, kMaxFrameHeaderBytes + kMaxControlBytes> close{};
    std::size_t close_bytes = 0;
    TAUTLINE_ASSERT(!backlog_ || backlog_->in_place.empty());
    for (Bytes rest = std::as_const(queue_).readable().subspan(started); !rest.empty();) {
        const QueuedFrame frame = read_queued_frame(rest, local_);
        if (frame.opcode == Opcode::close) {
            close_bytes = frame.bytes;
            std::ranges::copy(rest.first(close_bytes), close.begin());
        }
        rest = rest.subspan(frame.bytes);
    }
    queue_.shrink(queue_.size() - started);
    queue_.append(Bytes(close).first(close_bytes));
    if (backlog_) backlog_->pending_pong.reset();
}

void Outbox::drop_everything() {
    queue_.clear();
    if (!backlog_) return;
    backlog_->control.release();
    settle();
}

Outbox::Pieces Outbox::poll_transmit() const {
    const Bytes queue = queue_.readable();
    if (!backlog_) return {queue};
    Pieces pieces;
    std::size_t count = 0;
    const Bytes parts[] = {queue.first(backlog_->started),
                           std::as_const(backlog_->control).readable(),
                           queue.subspan(backlog_->started), backlog_->in_place};
    for (const Bytes part : parts) {
        if (!part.empty()) pieces[count++] = part;
    }
    return pieces;
}

std::size_t Outbox::bytes_beside() const {
    return backlog_->control.size() + backlog_->in_place.size();
}

std::size_t Outbox::overtaking_bytes() const { return backlog_ ? backlog_->control.size() : 0; }

void Outbox::transmitted(std::size_t count, std::size_t mark_bytes) {
    TAUTLINE_ASSERT(count <= size());
    if (count == queue_.size() && !backlog_) {
        queue_.clear();
        return settle();
    }
    const Bytes in_place = std::exchange(backlog().in_place, {});
    if (!in_place.empty() && count >= queue_.size()) {
        keep(in_place.subspan(count - queue_.size()));
    } else {
        queue_.append(in_place);
        consume(count);
    }
    if (size() <= mark_bytes) answer_pending_ping();
    settle();
}

// Keeps the rest of a payload whose header was written. It is copied into memory of our own: from
// lent memory it would have to be copied again.
void Outbox::keep(Bytes rest) {
    if (lending_ == Lending::in_queue && !rest.empty()) {
        backlog_->aside = std::exchange(queue_, Buffer());
        backlog_->aside.clear();
        lending_ = Lending::aside;
    }
    queue_.clear();
    queue_.append(rest);
    backlog_->started = rest.size();
}

void Outbox::consume(std::size_t count) {
    const std::size_t started = std::min(count, backlog_->started);
    consume_data(started);
    const std::size_t control = std::min(count - started, backlog_->control.size());
    backlog_->control.consume(control);
    consume_data(count - started - control);
}

// Finds the border of the frame in which the stream stopped, from the headers in the queue.
void Outbox::consume_data(std::size_t count) {
    std::size_t border = backlog_->started;
    const Bytes queue = std::as_const(queue_).readable();
    while (border < count) border += read_queued_frame(queue.subspan(border), local_).bytes;
    backlog_->started = border - count;
    queue_.consume(count);
}

// Gives back what is not needed any more when nothing waits.
void Outbox::settle() {
    if (size() > 0) return;
    if (backlog_) {
        if (lending_ == Lending::aside) {
            queue_ = std::move(backlog_->aside);
            lending_ = Lending::in_queue;
        }
        backlog_.reset();
    }
    std::size_t kept = kLentBytes;
    if (lending_ == Lending::never) kept = kKeptBytes;
    if (lending_ == Lending::returned) kept = 0;
    if (queue_.capacity() > kept) queue_.release();
}

void Outbox::lend(Buffer memory) {
    TAUTLINE_ASSERT(lending_ == Lending::never || lending_ == Lending::returned);
    memory.clear();
    if (queue_.empty()) {
        queue_ = std::move(memory);
        lending_ = Lending::in_queue;
    } else {
        backlog().aside = std::move(memory);
        lending_ = Lending::aside;
    }
}

Buffer Outbox::take() {
    Buffer taken;
    if (lending_ == Lending::aside) {
        taken = std::move(backlog_->aside);
    } else if (lending_ == Lending::in_queue) {
        taken = std::exchange(queue_, Buffer());
        queue_.append(std::as_const(taken).readable());
        taken.clear();
    } else {
        return taken;
    }
    lending_ = Lending::returned;
    return taken;
}

}  // namespace tautline::websocket
