// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tautline/io/timer_wheel.hpp>
#include <tautline/proto/websocket/handshake_form.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/site.hpp>
#include <tautline/server/upgrade_state.hpp>

namespace tautline::server {

/// Whom the application decides about.
struct DecisionSubject {
    UpgradeCall call;
    http::RequestHead request;
    transport::StreamInfo stream;  ///< How the request arrived.
    websocket::HandshakeForm form = websocket::HandshakeForm::upgrade;
    observe::CallId call_id = {};
};

/// A request for a WebSocket that waits for the application's verdict.
///
/// Reports one result: the accepted request, whose response has the application's fields, or the
/// refusal. The application's own verdict is reported in a later turn of the loop than `ask`.
/// Calling order: `ask` once.
/// Limits: it refuses with 503 when the application takes longer than `decision_timeout`.
/// Lifetime: the receiver of the result may destroy it. Destroyed before, it reports nothing.
/// Threads: those of its loop.
class Decision final : private io::TimerNode {
public:
    using Result = std::expected<UpgradeCall, websocket::Refused>;
    using Done = std::move_only_function<void(Result)>;

    Decision(Site& site, DecisionSubject subject, Done done);
    ~Decision() override;

    /// Calls `on_upgrade` of the route. One that throws refuses with 500.
    void ask();
    /// Reports a refusal in the application's place, at once.
    void refuse(int status, std::string_view text);

    [[nodiscard]] const http::RequestHead& request() const { return state_->request; }

private:
    void on_timer(Instant now) override;
    void receive(Verdict verdict);
    void report(Result result);

    Site& site_;
    UpgradeCall call_;
    websocket::HandshakeForm form_;
    observe::CallId call_id_;
    Done done_;
    std::shared_ptr<UpgradeRequest::State> state_;
};

}  // namespace tautline::server
