// SPDX-License-Identifier: MIT
#include <tautline/server/decision.hpp>

#include <utility>

namespace tautline::server {

namespace {

constexpr std::string_view kSubprotocol = "Sec-WebSocket-Protocol";

// A subprotocol among the application's fields is its choice for this request.
void take_choice(websocket::ServerPolicy& policy) {
    const auto chosen = policy.extra_fields.find(kSubprotocol);
    if (!chosen) return;
    policy.subprotocols.clear();
    if (!chosen->empty()) policy.subprotocols.emplace_back(*chosen);
    policy.extra_fields.remove(kSubprotocol);
}

}  // namespace

Decision::Decision(Site& site, DecisionSubject subject, Done done)
    : site_(site),
      call_(std::move(subject.call)),
      form_(subject.form),
      call_id_(subject.call_id),
      done_(std::move(done)),
      state_(std::make_shared<UpgradeRequest::State>(
          std::move(subject.request), std::move(subject.stream), call_.parameters)) {}

Decision::~Decision() { state_->detach(); }

void Decision::ask() {
    site_.loop.timers().schedule(*this, site_.loop.now() + site_.options.decision_timeout);
    state_->attach(
        site_.loop, [this](Verdict verdict) { receive(std::move(verdict)); },
        // The observer may end this decision.
        [this](const auto& thrown) { site_.observe(call_id_, observe::HandlerThrew{thrown}); });
    const auto state = state_;
    try {
        call_.route->options.on_upgrade(UpgradeRequest(state));
    } catch (...) {
        state->threw_at_once(std::current_exception());
    }
}

void Decision::refuse(int status, std::string_view text) {
    report(std::unexpected(websocket::reject(status, {}, std::string(text))));
}

void Decision::on_timer(Instant) { refuse(503, "The server took too long to decide.\n"); }

void Decision::receive(Verdict verdict) {
    if (!verdict) return report(std::unexpected(std::move(verdict.error())));
    auto policy = policy_for(call_.route->options, std::move(verdict->fields));
    take_choice(policy);
    auto accepted = websocket::accept(request(), policy, form_);
    if (!accepted) return report(std::unexpected(std::move(accepted.error())));
    call_.accepted = *std::move(accepted);
    call_.data = std::move(verdict->data);
    report(std::move(call_));
}

// The receiver may destroy the decision: nothing of it is used after the call.
void Decision::report(Result result) {
    site_.loop.timers().cancel(*this);
    state_->detach();
    auto done = std::exchange(done_, nullptr);
    done(std::move(result));
}

}  // namespace tautline::server
