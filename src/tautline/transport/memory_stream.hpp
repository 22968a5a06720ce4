// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::transport {

/// One end of a connection that exists in memory only: for tests, and for programs that talk to
/// themselves.
///
/// Bytes arrive in a later turn of the loop, each delivery in a heap block of exactly its size, so
/// that a sanitizer sees every read beyond it.
/// Lifetime, Threads: as `ByteStream`; the ends may be destroyed in any order, but before the loop.
class MemoryStream final : public ByteStream, private io::TurnNode {
public:
    ~MemoryStream() override;
    MemoryStream(const MemoryStream&) = delete;
    MemoryStream& operator=(const MemoryStream&) = delete;

    void set_handler(ByteStreamHandler* handler) override { handler_ = handler; }
    void set_reading(bool reading) override;
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override;
    [[nodiscard]] bool broken() const override { return closed_ || shut_ || error_ || !peer_; }
    void shut_down() override;
    void close() override;
    [[nodiscard]] StreamInfo info() const override { return info_; }

    /// Bytes that this end gets in one delivery, and so in one turn, at most. 1 splits everywhere.
    void set_delivery_bytes(std::size_t count) { delivery_bytes_ = count; }
    /// Bytes that may wait for this end before the other end must wait.
    void set_capacity(std::size_t count) { capacity_ = count; }
    /// What `info` returns.
    void set_info(StreamInfo info) { info_ = std::move(info); }
    /// Breaks the connection: both ends get `error`, and the bytes that wait are lost.
    void fail(std::error_code error);

private:
    friend std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> make_memory_pair(
        io::Loop& loop, std::size_t capacity);

    MemoryStream(io::Loop& loop, std::size_t capacity) : loop_(loop), capacity_(capacity) {}

    void on_turn() override;
    void deliver();
    [[nodiscard]] std::size_t room() const;
    void wake();
    void end(std::error_code error);

    io::Loop& loop_;
    MemoryStream* peer_ = nullptr;  // Null when it is closed.
    ByteStreamHandler* handler_ = nullptr;
    Buffer arriving_;
    StreamInfo info_;
    std::size_t capacity_;
    std::size_t delivery_bytes_ = std::numeric_limits<std::size_t>::max();
    std::error_code error_;  // Set: broken.
    bool reading_ = false;
    bool closed_ = false;
    bool ended_ = false;       // `on_end` was called.
    bool peer_ended_ = false;  // Nothing more comes after `arriving_`.
    bool shut_ = false;
    bool blocked_ = false;
};

/// Two ends that are connected to each other; `capacity` bytes may wait in each direction.
[[nodiscard]] std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>
make_memory_pair(io::Loop& loop, std::size_t capacity = std::numeric_limits<std::size_t>::max());

}  // namespace tautline::transport
