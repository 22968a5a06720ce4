// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include <tautline/base/error.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::dial {

/// The body of a refusal is a courtesy: no longer than this is waited for it.
inline constexpr auto kRefusalBodyTime = std::chrono::seconds(1);

/// Reads the beginning of a body that is a stream: so many bytes, or what comes in
/// `kRefusalBodyTime`, or until it ends.
class BodyReader final : public Operation,
                         private transport::ByteStreamHandler,
                         private io::TimerNode,
                         private io::TurnNode {
public:
    using OnBody = std::move_only_function<void(std::string body)>;

    BodyReader(io::Loop& loop, Stream stream, std::size_t wanted);
    ~BodyReader() override;

    void start(OnBody done);

private:
    void on_bytes(MutableBytes bytes) override;
    void on_writable() override {}
    void on_end(std::error_code error) override;
    void on_timer(Instant) override { finish(); }
    void on_turn() override { finish(); }
    void finish();

    io::Loop& loop_;
    Stream stream_;
    std::size_t wanted_;
    std::string body_;
    OnBody done_;
};

/// How many bytes of the body of a refusal are worth waiting for: 1,024, or fewer when it has
/// fewer.
[[nodiscard]] std::size_t refusal_bytes_wanted(const http::ResponseHead& response);
/// The same refusal with the beginning of its body.
[[nodiscard]] Error with_body(Error error, std::string body);

}  // namespace tautline::dial
