// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/base/buffer.hpp>
#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::dial {

/// Sends one request over a stream and reads the head of its response.
///
/// Interim responses (100 to 199 but 101) are skipped, eight at most. Afterwards the stream is
/// paused and `rest()` holds what came behind the head.
/// Calls back in a turn of its own: the stream and the exchange may be destroyed in there.
/// Lifetime: stays the stream's handler until another one is set.
class Exchange final : public transport::ByteStreamHandler, private io::TurnNode {
public:
    using OnHead = std::move_only_function<void(std::expected<http::ResponseHead, Error>)>;

    Exchange(io::Loop& loop, transport::ByteStream& stream, http::HeadLimits limits);

    /// Fails with `response_malformed`, `response_too_large`, `closed_early` or the stream's error.
    /// Call once.
    void run(std::string_view request, OnHead done);

    [[nodiscard]] Buffer& rest() { return rest_; }
    /// Whether the stream's end has come already, which its next handler is not told.
    [[nodiscard]] bool ended() const { return ended_; }

private:
    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    void on_turn() override;

    void read_heads(Bytes& bytes);
    void keep_rest(Bytes bytes);
    void fail(std::error_code code, std::string message);

    io::Loop& loop_;
    transport::ByteStream& stream_;
    http::HeadLimits limits_;
    http::ResponseReader reader_;
    Buffer request_;  // what is not written yet
    Buffer rest_;
    int interim_ = 0;
    bool ended_ = false;
    std::optional<std::expected<http::ResponseHead, Error>> result_;
    bool keep_all_ = false;  // what follows is not HTTP any more: nothing of it may be lost
    OnHead on_head_;
};

}  // namespace tautline::dial
