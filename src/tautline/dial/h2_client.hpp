// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <system_error>

#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/transport/h2_connection.hpp>

namespace tautline::dial {

/// An HTTP/2 connection of a client: first a contender of a race, then the carrier of WebSockets.
///
/// Lifetime: whoever made it owns it, until `live_on`. It must not be
/// destroyed in its own callbacks, but given to `io::Loop::retire`.
/// Threads: those of its loop.
class H2Client final : public session::SharedMember,
                       public std::enable_shared_from_this<H2Client>,
                       private transport::H2Handler {
public:
    using OnSettings = std::move_only_function<void(bool extended_connect)>;
    using OnEnd = std::move_only_function<void(std::error_code error)>;

    H2Client(io::Loop& loop, Stream stream, const http::HeadLimits& head_limits);
    ~H2Client() override = default;

    /// Tells what happens until `live_on`. Either may be called once, from the loop.
    void watch(OnSettings on_settings, OnEnd on_end);
    /// From here on the loop's registry owns it, as long as one of its streams lives.
    void live_on();

    /// The peer says nothing any more: takes no further WebSocket, and ends with its last stream
    /// without waiting for the peer.
    void abandon();

    /// Whether a further WebSocket can be opened at once.
    [[nodiscard]] bool takes_websockets() const;
    [[nodiscard]] transport::H2Connection& connection() { return connection_; }

private:
    void go_away() override;
    void drop() override;
    void on_settings(bool extended_connect) override;
    void on_request(h2::StreamId, h2::Request, bool) override {}
    void on_request_cancelled(h2::StreamId) override {}
    void on_go_away() override { going_away_ = true; }
    void on_end(std::error_code error) override;
    void on_closed() override;

    io::Loop& loop_;
    session::Registry* registry_ = nullptr;  // set while that owns it
    OnSettings on_settings_;
    OnEnd on_end_;
    bool extended_connect_ = false;
    bool going_away_ = false;
    bool abandoned_ = false;
    transport::H2Connection connection_;
};

}  // namespace tautline::dial
