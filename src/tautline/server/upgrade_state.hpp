// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <tautline/io/loop.hpp>
#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>
#include <tautline/server/router.hpp>
#include <tautline/server/upgrade.hpp>
#include <tautline/session/peer_data.hpp>

namespace tautline {

namespace server {

/// What the application adds to a WebSocket that it accepts.
struct Acceptance {
    http::FieldList fields = {};  ///< Of the 101.
    PeerData data = {};           ///< Of the `Peer`.
};

/// What the application said: yes, or the answer instead of the 101.
using Verdict = std::expected<Acceptance, websocket::Refused>;

}  // namespace server

/// What an `UpgradeRequest` and the exchange that waits for its verdict share.
struct UpgradeRequest::State : std::enable_shared_from_this<UpgradeRequest::State> {
    State(http::RequestHead request_head, transport::StreamInfo carrier, server::Parameters values)
        : request(std::move(request_head)),
          stream(std::move(carrier)),
          parameters(std::move(values)) {}

    const http::RequestHead request;
    const transport::StreamInfo stream;
    const server::Parameters parameters;

    /// `on_verdict` is called once at most, from a later turn of `loop`.
    void attach(io::Loop& loop, std::function<void(server::Verdict)> on_verdict);
    /// Ends the wait: `on_verdict` is not called any more, nor is the loop used. On the loop's
    /// thread, or before it runs.
    void detach();
    /// The loop of the connection; null when nobody waits for the verdict any more. On its thread.
    [[nodiscard]] io::Loop* loop();
    /// Whether somebody still wants to hear the verdict.
    [[nodiscard]] bool awaited();
    /// Any thread. Only the first one counts.
    void decide(server::Verdict verdict);

private:
    void tell(server::Verdict verdict);

    std::mutex mutex_;
    io::Loop* loop_ = nullptr;  // null: nobody waits
    std::function<void(server::Verdict)> on_verdict_;
};

}  // namespace tautline
