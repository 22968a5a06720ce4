// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/race.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/base/deadline.hpp>
#include <tautline/proto/eyeballs/endpoint_order.hpp>

namespace tautline::eyeballs {

Race::Race(RaceSetup setup, RandomBytes& random, Instant now, Instant patient_until)
    : setup_(std::make_shared<const RaceSetup>(bounded(std::move(setup)))),
      dns_(*setup_, random),
      attempts_(*setup_, patient_until) {
    TAUTLINE_ASSERT(!setup_->origin.host.empty());
    if (setup_->config.http_versions.any()) {
        dns_.start(now);
        go_on(now);
    } else {
        fail(FailureReason::no_protocol);
    }
}

void Race::handle_route(const Route& route) {
    const auto known = std::ranges::find(routes_, route.address, &Route::address);
    if (known != routes_.end()) {
        *known = route;
    } else if (routes_.size() < setup_->config.max_routes) {
        routes_.push_back(route);
    }
}

void Race::handle_answer(QueryId id, const Answer& answer, Freshness freshness, Instant now) {
    if (ended_) return;
    dns_.handle_answer(id, answer, freshness, now);
    go_on(now);
}

void Race::handle_progress(AttemptId id, Instant now) { attempts_.handle_progress(id, now); }

void Race::handle_connected(AttemptId id, HttpVersion version, Instant now) {
    attempts_.handle_connected(id, version, now);
    go_on(now);
}

void Race::handle_settings(AttemptId id, const PeerSettings& settings, Instant now) {
    attempts_.handle_settings(id, settings, now);
    go_on(now);
}

void Race::handle_session(AttemptId id, SessionResult result, const Error& error, Instant now) {
    attempts_.handle_session(id, result, error, now);
    go_on(now);
}

void Race::handle_failure(AttemptId id, const Error& error, Instant now) {
    attempts_.handle_failure(id, error, now);
    go_on(now);
}

void Race::handle_ech_retry(AttemptId id, std::vector<std::uint8_t> config, Instant now) {
    attempts_.handle_ech_retry(id, std::move(config), now);
    go_on(now);
}

void Race::handle_rejection_elsewhere(Instant now) {
    if (ended_) return;
    attempts_.handle_rejection_elsewhere();
    go_on(now);
}

void Race::handle_timeout(Instant now) {
    dns_.handle_timeout(now);
    attempts_.handle_timeout(now);
    go_on(now);
}

void Race::abandon() {
    if (ended_) return;
    dns_.give_up();
    fail(attempts_.rejected_for_good() ? FailureReason::rejected : FailureReason::abandoned);
}

// The one place where a race moves: after each fact, look whether it is decided, and what is due.
void Race::go_on(Instant now) {
    if (ended_) return;
    if (const auto winner = attempts_.winner()) return end(*winner);
    if (attempts_.rejected_for_good()) return await_the_asked();
    start_urgent(now);
    plan_ = order_endpoints(*setup_, dns_.resolved(), routes_, http1_only());
    start_planned(now);
    if (exhausted()) fail(attempts_.failure_reason());
}

// A server said no, and another may still say yes to what it was asked before.
void Race::await_the_asked() {
    dns_.cancel();
    if (!attempts_.running()) fail(FailureReason::rejected);
}

bool Race::http1_only() const { return setup_->origin.http1_only || attempts_.http2_unsuitable(); }

void Race::start_urgent(Instant now) {
    while (!attempts_.full()) {
        const auto urgent = attempts_.take_urgent();
        if (!urgent) return;
        attempts_.start(urgent->endpoint, urgent->kind, now);
    }
}

void Race::start_planned(Instant now) {
    const Endpoint* next = next_endpoint();
    if (next == nullptr || !(started_ || dns_.ready(now))) return;
    const auto earliest = attempts_.next_start();
    if (earliest && now < *earliest) return;
    started_ = true;
    attempts_.start(*next, AttemptKind::planned, now);
}

const Endpoint* Race::next_endpoint() const {
    if (attempts_.full() || attempts_.rejected_for_good()) return nullptr;
    if (dns_.forbidden() || dns_.https_awaited()) return nullptr;
    const auto next = std::ranges::find_if(
        plan_, [&](const Endpoint& endpoint) { return !attempts_.covered(endpoint); });
    return next == plan_.end() ? nullptr : &*next;
}

// Answers that are under way may bring something to try, unless nothing may be tried any more.
bool Race::exhausted() const {
    if (attempts_.running()) return false;
    if (attempts_.full() || dns_.forbidden()) return true;
    return !dns_.pending() && next_endpoint() == nullptr;
}

void Race::fail(FailureReason reason) {
    attempts_.cancel();
    end(Failed{reason, attempts_.reports(), dns_.failures()});
}

void Race::end(Output last) {
    attempts_.cancel();
    dns_.cancel();
    last_ = std::move(last);
    ended_ = true;
}

std::optional<Output> Race::poll_output() {
    if (auto output = attempts_.poll_output()) return output;
    if (auto output = dns_.poll_output()) return output;
    return std::exchange(last_, std::nullopt);
}

std::optional<Instant> Race::next_timeout() const {
    if (ended_) return std::nullopt;
    const Deadline running = earlier(dns_.next_timeout(), attempts_.next_timeout());
    if (next_endpoint() == nullptr) return running;
    return earlier(running, started_ ? attempts_.next_start() : dns_.ready_at());
}

}  // namespace tautline::eyeballs
