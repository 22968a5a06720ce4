// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/random.hpp>
#include <tautline/proto/websocket/close_frame.hpp>
#include <tautline/proto/websocket/frame_header.hpp>
#include <tautline/proto/websocket/mask_words.hpp>
#include <tautline/proto/websocket/message_fragmenter.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// The frames that wait to be written to the stream.
///
///     poll_transmit:  | rest of a started frame | control frames | data frames, Close |
///
/// Frames are written straight into the memory of the queue, which may be lent. When the stream
/// took everything so far, control frames simply follow; when something was left over they overtake
/// it, but not a frame whose first bytes were written. A Close overtakes nothing.
/// Limits: none of its own for messages. Of Pings that come while more than a mark waits, only the
/// latest is answered.
/// Threads: one at a time.
class Outbox {
public:
    /// `random` gives the masking keys of a client.
    Outbox(Role local, RandomBytes* random);
    ~Outbox();

    /// A data frame.
    void write(const OutgoingFrame& frame) { append(queue_, frame); }
    /// Whether `write_short` can be called: nothing has to grow or move.
    [[nodiscard]] bool has_room(Bytes payload) const { return queue_.room() >= 2 + payload.size(); }
    /// The same for a whole binary message of at most 125 bytes of a server; returns `size`.
    /// Inline, for speed: these are nearly all frames of a server that sends much.
    std::size_t write_short(Bytes payload) {
        std::byte* const room = queue_.prepare(2 + payload.size()).data();
        queue_.commit(2 + payload.size());
        // Before anything is written, which the compiler takes for a change of this.
        const std::size_t waiting = size();
        room[0] = std::byte{0x80} | static_cast<std::byte>(Opcode::binary);
        room[1] = static_cast<std::byte>(payload.size());
        masking::mask_short(payload.data(), room + 2, payload.size(), 0);
        return waiting;
    }
    /// The same as `write`, but the payload may stay where it is. `poll_transmit` and `transmitted`
    /// must be next, before anything else is called and while the payload is there: what the stream
    /// did not take is copied then.
    void write_in_place(const OutgoingFrame& frame);
    /// Writes a Close, after the answer to a Ping that waits for one.
    void write_close(const CloseFrame& close);
    /// A Ping or a Pong.
    void write_control(Opcode opcode, Bytes payload);
    /// Answers a Ping now, or when no more than `mark_bytes` wait.
    void answer_ping(Bytes payload, std::size_t mark_bytes);
    /// Drops the queued data, as far as nothing of a frame was sent, and the Pongs in between. A
    /// Close stays.
    void drop_data();
    void drop_everything();

    using Pieces = std::array<Bytes, 3>;
    [[nodiscard]] Pieces poll_transmit() const;
    /// The stream took `count` bytes. `mark_bytes` as in `answer_ping`.
    void transmitted(std::size_t count, std::size_t mark_bytes);
    [[nodiscard]] std::size_t size() const {
        return backlog_ ? queue_.size() + bytes_beside() : queue_.size();
    }
    [[nodiscard]] bool empty() const { return queue_.empty() && !backlog_; }
    /// Of `size`, the control frames that go out before data that was queued earlier.
    [[nodiscard]] std::size_t overtaking_bytes() const;

    /// Uses `memory` until it is taken back. What waits already stays where it is until it is sent.
    void lend(Buffer memory);
    /// Returns the lent memory, emptied; what still waits is copied out of it. Without lent memory
    /// returns a buffer that owns nothing.
    [[nodiscard]] Buffer take();

private:
    enum class Lending : std::uint8_t { never, returned, in_queue, aside };
    struct Backlog;

    Backlog& backlog();
    [[nodiscard]] std::size_t bytes_beside() const;
    FrameHeader header_for(const OutgoingFrame& frame);
    void append(Buffer& to, const OutgoingFrame& frame);
    void keep(Bytes rest);
    void consume(std::size_t count);
    void consume_data(std::size_t count);
    void answer_pending_ping();
    void settle();

    Buffer queue_;
    // while a flush has left something over, or a payload is in its place
    std::unique_ptr<Backlog> backlog_;
    RandomBytes* random_;
    Role local_;
    Lending lending_ = Lending::never;
};

}  // namespace tautline::websocket
