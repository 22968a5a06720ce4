// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
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

    using OnVerdict = std::function<void(server::Verdict)>;
    using OnThrown = std::function<void(const std::exception_ptr& thrown)>;

    /// Both are called once at most, from a later turn of `loop`: `on_thrown` before the verdict,
    /// which is a 500 then, and may end the wait for it.
    void attach(io::Loop& loop, OnVerdict on_verdict, OnThrown on_thrown = nullptr);
    /// Ends the wait: neither is called any more, nor is the loop used. On the loop's thread, or
    /// before it runs.
    void detach();
    /// The loop of the connection; null when nobody waits for the verdict any more. On its thread.
    [[nodiscard]] io::Loop* loop();
    /// Any thread. Only the first one counts. Fields that may not be sent are as a
    /// `std::invalid_argument` that says which.
    void decide(server::Verdict verdict);
    /// The application threw: then no verdict of its counts that was not told yet. Any thread.
    void threw(std::exception_ptr thrown);
    /// The same, with `on_thrown` called in here: whoever waits may leave in this turn of the loop.
    /// On its thread.
    void threw_at_once(const std::exception_ptr& thrown);

private:
    void tell(server::Verdict verdict);
    [[nodiscard]] bool tell_failure(const server::Verdict& verdict);

    std::mutex mutex_;
    io::Loop* loop_ = nullptr;  // null: nobody waits
    OnVerdict on_verdict_;
    OnThrown on_thrown_;
    std::exception_ptr thrown_;
};

}  // namespace tautline
