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
class TcpStream final : public ByteStream, private io::ReadyNode {
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
    [[nodiscard]] bool broken() const override {
        return descriptor() < 0 || shut_ || write_error_ != 0;
    }
    void retry_writing() override;
    [[nodiscard]] std::size_t unconfirmed_bytes() const override;
    void shut_down() override;
    void close() override;
    [[nodiscard]] StreamInfo info() const override;

    /// The socket, for options that are not in here; -1 after `close`.
    using io::ReadyNode::descriptor;

private:
    TcpStream(io::Loop& loop, int fd);

    void on_readable() override;
    void on_writable() override;
    void on_unwatchable(std::error_code error) override;

    [[nodiscard]] std::size_t send_pieces(std::span<const Bytes> pieces);
    void fail_writing(int error);
    void update_interest();
    void end(std::error_code error);

    // In this order the flags fill up the last word of the node.
    bool reading_ : 1 = false;
    bool ended_ : 1 = false;    // `on_end` was called.
    bool shut_ : 1 = false;     // Our half has ended.
    bool blocked_ : 1 = false;  // The kernel took less than it was given.
    int write_error_ = 0;       // Of the system. Set: nothing can be written any more.
    io::Loop& loop_;
    ByteStreamHandler* handler_ = nullptr;
};

// Every idle connection has one: docs/performance.md.
static_assert(sizeof(void*) != 8 || sizeof(TcpStream) <= 56);

}  // namespace tautline::transport
