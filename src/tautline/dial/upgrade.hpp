// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include <tautline/base/buffer.hpp>
#include <tautline/dial/exchange.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>

namespace tautline::dial {

/// A stream on which a WebSocket stands, and what its handshake said.
struct Upgraded {
    Stream stream;  ///< Paused.
    http::RequestHead request;
    http::ResponseHead response;
    websocket::Agreement agreement;
    Buffer rest;  ///< What came behind the handshake.
};

using OnUpgraded = std::move_only_function<void(std::expected<Upgraded, Error>)>;

/// The opening handshake of a client over HTTP/1.1.
///
/// A refusal is told with the first 1,024 bytes of its body; they are waited for no longer than a
/// second. There is no other deadline in here.
class Upgrade final : public Operation, private io::TimerNode {
public:
    Upgrade(io::Loop& loop, Stream stream, const websocket::ClientOffer& offer,
            http::HeadLimits limits, std::shared_ptr<observe::Observer> observer);
    ~Upgrade() override;

    void start(OnUpgraded done);

private:
    void on_timer(Instant now) override;

    void receive(std::expected<http::ResponseHead, Error> response);
    void read_refusal(const http::ResponseHead& response, Error error);
    void finish_refusal();
    void observe(const observe::Event& event);

    io::Loop& loop_;
    Stream stream_;
    std::expected<websocket::ClientHandshake, Error> handshake_;
    std::shared_ptr<observe::Observer> observer_;
    std::unique_ptr<Exchange> exchange_;
    std::optional<Error> refusal_;
    OnUpgraded done_;
};

}  // namespace tautline::dial
