// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/proto/http/body_reader.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::dial {

/// The body of a refusal is a courtesy: no longer than this is waited for it.
inline constexpr auto kRefusalBodyTime = std::chrono::seconds(1);
/// And for that of a redirect, whose head says all, and which the call may want to follow.
inline constexpr auto kRedirectBodyTime = std::chrono::milliseconds(100);

/// Reads the beginning of the body of a refusal: 1,024 bytes of its content, or what comes of it in
/// `kRefusalBodyTime`, or until it ends, as its framing or the stream says.
///
/// Calling order: `receive` and `end_stream` tell what came before; then `start`.
class BodyReader final : public Operation,
                         private transport::ByteStreamHandler,
                         private io::TimerNode,
                         private io::TurnNode {
public:
    using OnBody = std::move_only_function<void(std::string body)>;

    BodyReader(io::Loop& loop, Stream stream, const http::ResponseHead& head);
    ~BodyReader() override;

    void receive(Bytes bytes) { body_.receive(bytes); }
    void end_stream() { ended_ = true; }
    void start(OnBody done);

private:
    void on_bytes(MutableBytes bytes) override;
    void on_writable() override {}
    void on_end(std::error_code error) override;
    void on_timer(Instant) override { finish(); }
    void on_turn() override { finish(); }
    [[nodiscard]] bool complete() const;
    void finish();

    io::Loop& loop_;
    Stream stream_;
    http::BodyReader body_;
    Duration patience_;
    bool ended_ = false;
    OnBody done_;
};

/// The same refusal with the beginning of its body.
[[nodiscard]] Error with_body(Error error, std::string body);

}  // namespace tautline::dial
