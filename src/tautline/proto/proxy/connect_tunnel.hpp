// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/http/body_reader.hpp>
#include <tautline/proto/http/challenge.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/proxy/credentials.hpp>
#include <tautline/proto/proxy/target.hpp>

namespace tautline::proxy {

/// Opens a tunnel through an HTTP proxy with CONNECT.
///
///               2xx
///     reading ────────▶ open          another status, broken rules ────────▶ failed
///      ▲   │ 407 with Basic                                                    ▲
///      │   ▼               give_up                                             │
///      │  asking ──────────────────────────────────────────────────────────────┘
///      │   │ give_credentials: on the same connection, if the proxy keeps it open
///      ├───┘
///      │     else
///      └──── reconnecting: open a new connection to the proxy, then call `reconnected`
///
/// Calling order: write what `take_request` gives after every call; hand in bytes with `receive`
/// and the end of the stream with `end_stream`; call that too when the rest of a refusal takes too
/// long. Bytes after the head of the 2xx are in `rest()`.
/// Limits: a head of 8 KiB and 100 fields; eight interim responses; of a body 64 KiB are read and
/// 1,024 bytes kept; credentials are given three times after a 407, those sent ahead of time not
/// counted.
/// Spec: RFC 9110 sections 9.3.6 and 11.7, RFC 7617.
class ConnectTunnel {
public:
    enum class State : std::uint8_t { reading, asking, reconnecting, open, failed };

    /// `credentials` are sent ahead of time. A target or credentials that cannot be written fail at
    /// once, and nothing is sent. `user_agent` is sent unless it is empty.
    explicit ConnectTunnel(Target target, const std::optional<Credentials>& credentials = {},
                           std::string user_agent = {});

    [[nodiscard]] State state() const { return state_; }
    /// What to write now; empty when there is nothing.
    [[nodiscard]] std::string take_request();
    void receive(Bytes bytes);
    void end_stream();
    /// Whether the head of a refusal has come, and only the rest of it is missing.
    [[nodiscard]] bool reading_refusal() const { return state_ == State::reading && body_; }

    /// While `asking`: what the proxy wants. At least one is Basic.
    [[nodiscard]] const std::vector<http::Challenge>& challenges() const { return challenges_; }
    /// While `asking`.
    void give_credentials(const Credentials& credentials);
    /// While `asking`: there are no credentials.
    void give_up();
    /// While `reconnecting`: there is a new connection.
    void reconnected();

    /// Once `open`: the bytes after the head.
    [[nodiscard]] Buffer& rest() { return rest_; }
    /// Once `failed`: holds no credentials; `endpoint` is left to the caller.
    [[nodiscard]] const Error& error() const { return error_; }

private:
    [[nodiscard]] bool write_request();
    void take_credentials(const Credentials& credentials);
    std::size_t take_head(Bytes bytes);
    std::size_t take_body(Bytes bytes);
    void accept_head(const http::ResponseHead& head);
    void accept_refusal(const http::ResponseHead& head);
    [[nodiscard]] bool wants_credentials(const http::ResponseHead& head);
    void finish_body();
    void fail(ProxyError code, std::string message = {});

    Target target_;
    std::string user_agent_;
    State state_ = State::reading;
    std::string request_;
    std::string authorization_;  // the value of Proxy-Authorization; empty sends none
    http::ResponseReader reader_;
    int interim_ = 0;
    int attempts_ = 0;
    bool kept_open_ = false;  // the connection can take the next request
    bool reused_ = false;     // it has answered a request before

    std::vector<http::Challenge> challenges_;
    std::optional<ProxyError> refusal_error_;  // what to fail with after the body; else ask
    Refusal refusal_;
    std::optional<http::BodyReader> body_;
    Buffer rest_;
    Error error_;
};

}  // namespace tautline::proxy
