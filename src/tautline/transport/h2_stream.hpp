// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/h2/event.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::transport {

/// What a stream asks of the connection that carries it.
class H2Carrier {
public:
    [[nodiscard]] virtual std::size_t write(h2::StreamId id, std::span<const Bytes> pieces) = 0;
    [[nodiscard]] virtual std::size_t write_last(h2::StreamId id,
                                                 std::span<const Bytes> pieces) = 0;
    virtual void finish(h2::StreamId id) = 0;
    virtual void consume(h2::StreamId id, std::size_t count) = 0;
    /// The stream is not used any more and will not be called again.
    virtual void abandon(h2::StreamId id) = 0;
    /// Of all streams: what one of them sends next stands behind the bytes of the others.
    [[nodiscard]] virtual std::size_t unconfirmed_bytes() const = 0;
    [[nodiscard]] virtual std::uint64_t confirmed_bytes() const = 0;

protected:
    ~H2Carrier() = default;
};

/// One stream of an HTTP/2 connection as a stream of bytes: an accepted extended CONNECT
/// (RFC 8441), or the body of a response.
///
/// Made by `H2Connection`, which calls the second half of the functions. `shut_down` is END_STREAM,
/// `close` is RST_STREAM. A reset by the peer is reported as an error of `h2::error_category`, the
/// loss of the connection as the error of the connection.
/// Limits: holds no more than its receive window while it is not read; nothing of what is written.
/// Lifetime: may outlive its connection.
/// Threads: as `ByteStream`.
class H2Stream final : public ByteStream, private io::TurnNode {
public:
    H2Stream(io::Loop& loop, H2Carrier& carrier, h2::StreamId id,
             std::shared_ptr<const StreamInfo> info)
        : loop_(loop), carrier_(&carrier), id_(id), info_(std::move(info)) {}
    ~H2Stream() override;
    H2Stream(const H2Stream&) = delete;
    H2Stream& operator=(const H2Stream&) = delete;

    void set_handler(ByteStreamHandler* handler) override { handler_ = handler; }
    void set_reading(bool reading) override;
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override;
    [[nodiscard]] std::size_t write_last(std::span<const Bytes> pieces) override;
    [[nodiscard]] bool broken() const override { return !carrier_ || shut_; }
    void shut_down() override;
    /// With our half ended not before the peer's has ended as well.
    [[nodiscard]] bool flushed() const override { return !carrier_ || !shut_; }
    void close() override;
    [[nodiscard]] std::size_t unconfirmed_bytes() const override {
        return carrier_ ? carrier_->unconfirmed_bytes() : 0;
    }
    [[nodiscard]] std::uint64_t confirmed_bytes(std::uint64_t taken) const override {
        return carrier_ ? carrier_->confirmed_bytes() : taken;
    }
    [[nodiscard]] StreamInfo info() const override { return *info_; }

    // ── from the connection ──

    /// Bytes arrived; calls the handler when it reads.
    void receive(MutableBytes bytes);
    /// The peer's half ended.
    void receive_end();
    /// There is room again; calls the handler.
    void receive_room();
    /// The carrier is not called again.
    void detach() { carrier_ = nullptr; }
    /// Both halves are over. The carrier is not called again. In a later turn `on_end` reports
    /// `error`, behind what had arrived, unless the peer's half had ended before and the handler
    /// reads up to there: then it reports that end. A handler that does not read up to there gets
    /// the call when nothing is left to be read, or when it writes.
    void fail(std::error_code error);

private:
    using Write = std::size_t (H2Carrier::*)(h2::StreamId, std::span<const Bytes>);
    std::size_t write_by(Write how, std::span<const Bytes> pieces);
    void wake() { loop_.call_soon(*this); }
    void on_turn() override;
    void deliver();
    void miss_carrier();
    void break_off();
    void end(std::error_code error);

    io::Loop& loop_;
    H2Carrier* carrier_;  // Null when the stream is gone.
    h2::StreamId id_;
    std::shared_ptr<const StreamInfo> info_;
    ByteStreamHandler* handler_ = nullptr;
    Buffer unread_;
    std::error_code error_;  // Set when it is gone and our half was open, or the peer's.
    bool reading_ = false;
    bool peer_ended_ = false;
    bool ended_ = false;  // `on_end` was called.
    bool blocked_ = false;
    bool shut_ = false;
    bool closed_ = false;
};

}  // namespace tautline::transport
