// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>

#include <tautline/base/buffer.hpp>
#include <tautline/dial/body_reader.hpp>
#include <tautline/dial/exchange.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/observe/observed_call.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>

namespace tautline::dial {

/// A stream on which a WebSocket stands, and what its handshake said.
struct Upgraded {
    Stream stream;  ///< Paused.
    /// Asked before the request: a stream that has broken since does not know its peer any more.
    transport::StreamInfo info;
    http::RequestHead request;
    http::ResponseHead response;
    websocket::Agreement agreement;
    Buffer rest;  ///< What came behind the handshake.
};

using OnUpgraded = std::move_only_function<void(std::expected<Upgraded, Error>)>;
/// Told of a refusal at its head; its body is waited for then. Whoever told may be destroyed in it.
using OnRefused = std::move_only_function<void(const Error&)>;

/// The opening handshake of a client over HTTP/1.1.
///
/// A refusal is told with the beginning of its body, as `BodyReader` has it. There is no other
/// deadline in here than that one's. `attempt` is for the observer.
class Upgrade final : public Operation {
public:
    Upgrade(io::Loop& loop, Stream stream, const websocket::ClientOffer& offer,
            http::HeadLimits limits, observe::ObservedCall observed,
            eyeballs::AttemptId attempt = {});
    ~Upgrade() override;

    void start(OnUpgraded done, OnRefused refused = {});

private:
    void receive(std::expected<http::ResponseHead, Error> response);
    void read_refusal(const http::ResponseHead& response, const Error& error);
    void finish(std::expected<Upgraded, Error> result);
    void observe(const observe::Event& event);

    io::Loop& loop_;
    Stream stream_;
    transport::StreamInfo info_;
    std::expected<websocket::ClientHandshake, Error> handshake_;
    observe::ObservedCall observed_;
    eyeballs::AttemptId attempt_;
    std::unique_ptr<Exchange> exchange_;
    std::unique_ptr<BodyReader> body_;
    OnUpgraded done_;
    OnRefused refused_;
};

}  // namespace tautline::dial
