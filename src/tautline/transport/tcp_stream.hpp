// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <system_error>

#include <tautline/io/loop.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::transport {

/// A connected stream socket: TCP or Unix.
///
/// Owns no buffer: reads into that of the loop, and a write takes only what the kernel takes.
/// Lifetime, Threads: as `ByteStream`.
class TcpStream final : public ByteStream, private io::ReadyHandler {
public:
    /// Takes over the connected socket `fd`, makes it non-blocking and, over TCP, sends without
    /// delay (TCP_NODELAY).
    [[nodiscard]] static std::unique_ptr<TcpStream> adopt(io::Loop& loop, int fd);

    ~TcpStream() override;
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;

    void set_handler(ByteStreamHandler* handler) override { handler_ = handler; }
    void set_reading(bool reading) override;
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override;
    [[nodiscard]] bool broken() const override { return fd_ < 0 || shut_ || write_error_ != 0; }
    void retry_writing() override;
    [[nodiscard]] std::size_t unconfirmed_bytes() const override;
    void shut_down() override;
    void close() override;
    [[nodiscard]] StreamInfo info() const override;

    /// The socket, for options that are not in here; -1 after `close`.
    [[nodiscard]] int descriptor() const { return fd_; }

private:
    TcpStream(io::Loop& loop, int fd);

    void on_readable() override;
    void on_writable() override;
    void on_unwatchable(std::error_code error) override;

    [[nodiscard]] std::size_t send_pieces(std::span<const Bytes> pieces);
    void fail_writing(int error);
    void update_interest();
    void end(std::error_code error);

    io::Loop& loop_;
    ByteStreamHandler* handler_ = nullptr;
    [[no_unique_address]] io::ReadinessSet::Entry entry_;  // with padding after its index
    int write_error_ = 0;  // Of the system. Set: nothing can be written any more.
    int fd_;
    bool reading_ = false;
    bool ended_ = false;    // `on_end` was called.
    bool shut_ = false;     // Our half has ended.
    bool blocked_ = false;  // The kernel took less than it was given.
};

}  // namespace tautline::transport
