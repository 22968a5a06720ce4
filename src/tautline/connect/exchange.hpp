// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/session/signal.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::connect {

/// Sends one request over a stream and reads the head of its response.
///
/// Interim responses (100 to 199 but 101) are skipped, eight at most. Afterwards the stream is
/// paused and `rest()` holds what came behind the head. Lifetime: stays the stream's handler until
/// another one is set.
class Exchange final : public transport::ByteStreamHandler {
public:
    Exchange(transport::ByteStream& stream, http::HeadLimits limits);

    /// Fails with `response_malformed`, `response_too_large`, `closed_early` or the stream's error.
    [[nodiscard]] asio::awaitable<std::expected<http::ResponseHead, Error>> run(
        const std::string& request);

    /// Reads on until `wanted` bytes of body have come, or the peer ended the stream.
    [[nodiscard]] asio::awaitable<void> read_body(std::size_t wanted);

    [[nodiscard]] Buffer& rest() { return rest_; }

private:
    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    // Static, as g++ 12 miscompiles coroutines that are ordinary members here.
    using Head = std::expected<http::ResponseHead, Error>;
    [[nodiscard]] static asio::awaitable<Head> wait_for_head(Exchange& self);
    [[nodiscard]] static asio::awaitable<void> wait_for_body(Exchange& self, std::size_t wanted);
    void read_head(Bytes bytes);
    void fail(std::error_code code, std::string message);

    transport::ByteStream& stream_;
    http::HeadLimits limits_;
    http::ResponseReader reader_;
    Buffer request_;  // what is not written yet
    Buffer rest_;
    int interim_ = 0;
    bool ended_ = false;
    std::optional<std::expected<http::ResponseHead, Error>> result_;
    session::Signal progress_;
};

}  // namespace tautline::connect
