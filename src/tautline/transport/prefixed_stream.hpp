// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::transport {

/// A stream whose first bytes were read before: delivers those, then what the stream brings.
///
/// Lifetime, Threads: as `ByteStream`.
class PrefixedStream final : public ByteStream, private ByteStreamHandler, private io::TurnNode {
public:
    PrefixedStream(io::Loop& loop, std::unique_ptr<ByteStream> lower, Buffer prefix);
    ~PrefixedStream() override = default;

    void set_handler(ByteStreamHandler* handler) override { handler_ = handler; }
    void set_reading(bool reading) override;
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override {
        return lower_->write(pieces);
    }
    [[nodiscard]] bool broken() const override { return lower_->broken(); }
    void shut_down() override { lower_->shut_down(); }
    [[nodiscard]] bool flushed() const override { return lower_->flushed(); }
    void retry_writing() override { lower_->retry_writing(); }
    [[nodiscard]] std::size_t unconfirmed_bytes() const override {
        return lower_->unconfirmed_bytes();
    }
    [[nodiscard]] std::uint64_t confirmed_bytes(std::uint64_t taken) const override {
        return lower_->confirmed_bytes(taken);
    }
    void close() override;
    [[nodiscard]] StreamInfo info() const override { return lower_->info(); }

private:
    void on_bytes(MutableBytes bytes) override;
    void on_writable() override { handler_->on_writable(); }
    void on_end(std::error_code error) override;
    void on_turn() override;

    io::Loop& loop_;
    std::unique_ptr<ByteStream> lower_;
    Buffer prefix_;
    ByteStreamHandler* handler_ = nullptr;
    std::optional<std::error_code> end_;  // Of the lower stream, which broke before it was read.
    bool reading_ = false;
};

}  // namespace tautline::transport
