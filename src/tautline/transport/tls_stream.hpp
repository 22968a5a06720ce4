// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include <tautline/base/buffer.hpp>
#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/transport/byte_stream.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline::transport {

class TlsEngine;

/// Receives the result of a TLS handshake.
using HandshakeDone = std::move_only_function<void(std::expected<void, Error>)>;

/// TLS over another byte stream.
///
/// The handshake begins at once. `HandshakeDone` is called exactly once, from the loop, unless the
/// stream is closed or destroyed before; the rules for `ByteStreamHandler` calls hold for it too.
/// After success the stream is used as any other, after failure it can only be destroyed. There is
/// no deadline in here.
/// An end of the stream without a close_notify is reported as `TransportError::closed_early`.
/// Units and limits: keeps at most one record (16 KiB) that the lower stream did not take. While it
/// is busy, and while its peer has stopped inside a record, it may keep two buffers for records
/// (33 KiB, see `io::WarmSet`). Ends a connection whose peer sends far more other records
/// (KeyUpdate, HelloRequest, empty ones) than data.
/// Lifetime, Threads: as `ByteStream`.
class TlsStream final : public ByteStream,
                        private ByteStreamHandler,
                        private io::TurnNode,
                        private io::WarmNode {
public:
    /// `host` is verified against the certificate, and sent (SNI) unless it is an IP address.
    [[nodiscard]] static std::unique_ptr<TlsStream> client(
        io::Loop& loop, std::unique_ptr<ByteStream> lower,
        std::shared_ptr<const TlsClientContext> context, const std::string& host,
        HandshakeDone done);
    [[nodiscard]] static std::unique_ptr<TlsStream> server(
        io::Loop& loop, std::unique_ptr<ByteStream> lower,
        std::shared_ptr<const TlsServerContext> context, HandshakeDone done);

    ~TlsStream() override;
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    void set_handler(ByteStreamHandler* handler) override;
    void set_reading(bool reading) override;
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override;
    [[nodiscard]] bool broken() const override {
        return state_ != State::open || shut_ || lower_->broken();
    }
    void shut_down() override;
    [[nodiscard]] bool flushed() const override;
    void retry_writing() override { lower_->retry_writing(); }
    [[nodiscard]] std::size_t unconfirmed_bytes() const override;
    [[nodiscard]] std::uint64_t confirmed_bytes(std::uint64_t) const override {
        return lower_->confirmed_bytes(sealed_bytes_);
    }
    void close() override;
    [[nodiscard]] StreamInfo info() const override;

private:
    enum class State : std::uint8_t { handshaking, open, broken, closed };

    TlsStream(io::Loop& loop, std::unique_ptr<ByteStream> lower, std::unique_ptr<TlsEngine> engine,
              HandshakeDone done);

    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    void on_turn() override;
    void on_idle() override;

    void shake_hands();
    void finish_handshake(std::expected<void, Error> result);
    void read_kept();
    void read_plaintext(Bytes ciphertext);
    [[nodiscard]] bool wanted() const { return !ended_ && (reading_ || (error_ && handler_)); }
    [[nodiscard]] bool deliver_plaintext(MutableBytes room);
    void keep_input();
    void follow();
    void borrow_output();
    [[nodiscard]] bool flush();
    void tell_room();
    void break_off();
    void fail(std::error_code error);
    void end(std::error_code error);

    io::Loop& loop_;
    std::unique_ptr<ByteStream> lower_;
    std::unique_ptr<TlsEngine> engine_;
    HandshakeDone done_;
    ByteStreamHandler* handler_ = nullptr;
    Buffer input_;           // Ciphertext that was not used when reading was stopped.
    std::error_code error_;  // Why it broke; reported behind what had arrived, in a later turn.
    std::uint64_t sealed_bytes_ = 0;  // Taken by the lower stream.
    State state_ = State::handshaking;
    bool reading_ = false;
    bool ended_ = false;  // `on_end` was called.
    bool lower_ended_ = false;
    bool peer_ended_ = false;  // By close_notify.
    bool blocked_ = false;     // A write took less than it was given, or our end is not out.
    bool shut_ = false;
};

}  // namespace tautline::transport
