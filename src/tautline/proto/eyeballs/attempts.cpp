// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/attempts.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/base/deadline.hpp>

namespace tautline::eyeballs {

namespace {

// The delay grows with each attempt that is running, up to the bound; nothing overflows.
Duration delay_for(const NetworkConfig& config, std::size_t running) {
    Duration delay = config.attempt_delay;
    const Duration::rep factor = config.attempt_delay_multiplier;
    for (std::size_t i = 1; i < running && factor > 1; ++i) {
        if (delay > kMaxAttemptDelay / factor) return kMaxAttemptDelay;
        delay *= factor;
    }
    return delay;
}

}  // namespace

void Attempts::start(const Endpoint& endpoint, AttemptKind kind, Instant now) {
    TAUTLINE_ASSERT(!full());
    const AttemptId id(attempts_.size() + 1);
    Attempt& attempt = attempts_.emplace_back(
        Attempt{.id = id, .endpoint = endpoint, .kind = kind, .started = now});
    enter(attempt, State::connecting, now);
    outputs_.push_back(StartAttempt{attempt.id, endpoint, kind});
}

// Whoever comes so far has made progress; the new state brings its own deadline.
void Attempts::enter(Attempt& attempt, State state, Instant now) {
    const NetworkConfig& config = setup_->config;
    attempt.state = state;
    attempt.progressed = now;
    attempt.deadline.reset();
    attempt.overdue = false;
    if (state == State::connecting) attempt.deadline = now + config.transport_timeout;
    if (state == State::awaiting_settings) attempt.deadline = now + config.settings_timeout;
    if (state == State::establishing) attempt.deadline = now + config.session_timeout;
}

Attempts::Attempt* Attempts::find_running(AttemptId id) {
    const auto found = std::ranges::find(attempts_, id, &Attempt::id);
    return found != attempts_.end() && found->running() ? &*found : nullptr;
}

void Attempts::handle_progress(AttemptId id, Instant now) {
    if (Attempt* attempt = find_running(id)) attempt->progressed = now;
}

void Attempts::handle_connected(AttemptId id, HttpVersion version, Instant now) {
    Attempt* attempt = find_running(id);
    if (attempt == nullptr || attempt->state != State::connecting) return;
    attempt->version = version;
    // Such a version was not offered, or cannot be told from a peer that ignores ALPN.
    if (!speaks(attempt->endpoint.protocol, version)) {
        return drop(*attempt, AttemptEnd::not_supported);
    }
    if (setup_->config.session == SessionKind::none) return enter(*attempt, State::won, now);
    if (version != HttpVersion::http1) return await_settings(*attempt, now);
    // Not before HTTP/1.1 is known to be there: without either the origin would be lost.
    if (http2_ == Http2::unsuitable) remember_http1_only();
    await_turn(*attempt, now);
}

void Attempts::await_settings(Attempt& attempt, Instant now) {
    attempt.phase = AttemptPhase::settings;
    enter(attempt, State::awaiting_settings, now);
    if (attempt.settings) judge_settings(attempt, now);
}

void Attempts::handle_settings(AttemptId id, const PeerSettings& settings, Instant now) {
    Attempt* attempt = find_running(id);
    if (attempt == nullptr) return;
    attempt->settings = settings;
    if (attempt->state == State::awaiting_settings) judge_settings(*attempt, now);
}

bool Attempts::suitable(const PeerSettings& settings) const {
    // RFC 8441 section 3 and RFC 9220 section 3: no extended CONNECT without this setting.
    if (!settings.extended_connect) return false;
    return setup_->config.session != SessionKind::webtransport || settings.webtransport;
}

void Attempts::judge_settings(Attempt& attempt, Instant now) {
    if (!suitable(*attempt.settings)) return end_unsupported(attempt, Http2::unsuitable);
    if (attempt.settings->takes_streams || !has_fallback(attempt)) return await_turn(attempt, now);
    // RFC 9113 section 5.1.2: a zero is for a short time; nobody knows how short.
    drop(attempt, AttemptEnd::not_supported);
    fall_back(attempt);
}

void Attempts::await_turn(Attempt& attempt, Instant now) {
    attempt.phase = AttemptPhase::session;
    enter(attempt, State::awaiting_turn, now);
    for (Attempt& other : attempts_) {
        if (other.overdue && in_the_way(other)) drop(other, AttemptEnd::timed_out);
    }
    grant_turns(now);
}

// RFC 6455 section 4.1: no more than one WebSocket to an IP address may be in the making.
bool Attempts::turn_taken(const Attempt& attempt) const {
    if (setup_->config.session != SessionKind::websocket) return false;
    return std::ranges::any_of(attempts_, [&](const Attempt& other) {
        return other.state == State::establishing &&
               same_host(other.endpoint.target, attempt.endpoint.target);
    });
}

// Whether others cannot go on before it ends.
bool Attempts::in_the_way(const Attempt& attempt) const {
    if (setup_->config.session != SessionKind::websocket) return false;
    if (attempt.state != State::establishing) return false;
    return std::ranges::any_of(attempts_, [&](const Attempt& other) {
        return other.state == State::awaiting_turn &&
               same_host(other.endpoint.target, attempt.endpoint.target);
    });
}

void Attempts::grant_turns(Instant now) {
    for (Attempt& attempt : attempts_) {
        if (attempt.state != State::awaiting_turn || turn_taken(attempt)) continue;
        enter(attempt, State::establishing, now);
        outputs_.push_back(EstablishSession{attempt.id, attempt.version, setup_->config.session});
    }
}

void Attempts::handle_session(AttemptId id, SessionResult result, const Error& error, Instant now) {
    Attempt* attempt = find_running(id);
    if (attempt == nullptr || attempt->state != State::establishing) return;
    attempt->error = error;
    switch (result) {
        case SessionResult::established: return win(*attempt, now);
        case SessionResult::rejected: end_rejected(*attempt); break;
        case SessionResult::not_supported: end_unsupported(*attempt, Http2::unsuitable); break;
        case SessionResult::failed: drop(*attempt, AttemptEnd::failed); break;
        case SessionResult::not_processed: end_unprocessed(*attempt); break;
        case SessionResult::unclear: end_unsupported(*attempt, Http2::doubted); break;
    }
    grant_turns(now);
}

// What may have been wrong with the request was not: HTTP/1.1 carries it.
void Attempts::win(Attempt& attempt, Instant now) {
    if (http2_unsuitable() && attempt.version == HttpVersion::http1) remember_http1_only();
    enter(attempt, State::won, now);
}

void Attempts::remember_http1_only() {
    if (!std::exchange(remembered_, true)) outputs_.emplace_back(RememberHttp1Only{});
}

void Attempts::end_unsupported(Attempt& attempt, Http2 http2) {
    drop(attempt, AttemptEnd::not_supported);
    if (setup_->config.session != SessionKind::websocket) return;
    if (attempt.version != HttpVersion::http2) return;
    http2_ = std::max(http2_, http2);
    fall_back(attempt);
}

bool Attempts::has_fallback(const Attempt& attempt) const {
    return setup_->config.session == SessionKind::websocket &&
           attempt.version == HttpVersion::http2 &&
           attempt.endpoint.protocol == Protocol::http2_or_http1;
}

// An HTTP/2 peer that cannot carry WebSockets can as HTTP/1.1, which the attempt offered too.
void Attempts::fall_back(const Attempt& attempt) {
    if (!has_fallback(attempt)) return;
    Endpoint fallback = attempt.endpoint;
    fallback.protocol = Protocol::http1;
    urgent_.push_back({std::move(fallback), AttemptKind::http1_fallback});
}

// RFC 9113 section 8.7: what was not processed may be sent again, over another connection. A server
// that is going away may be the only one; one that takes nothing is asked twice, not for ever.
void Attempts::end_unprocessed(Attempt& attempt) {
    drop(attempt, AttemptEnd::failed);
    if (attempt.kind == AttemptKind::unprocessed_retry) return;
    urgent_.push_back({attempt.endpoint, AttemptKind::unprocessed_retry});
}

void Attempts::end_rejected(Attempt& attempt) {
    drop(attempt, AttemptEnd::rejected);
    if (rejected_for_good()) keep_the_asked();
}

void Attempts::handle_rejection_elsewhere() {
    rejected_elsewhere_ = true;
    keep_the_asked();
}

// Nobody else is asked. Who was asked before may hear something else: where a ticket is good for
// one request, the other one is refused.
void Attempts::keep_the_asked() {
    for (Attempt& other : attempts_) {
        if (!other.running()) continue;
        if (other.state != State::establishing) drop(other, AttemptEnd::cancelled);
        if (other.overdue) drop(other, AttemptEnd::timed_out);
    }
}

bool Attempts::rejected_for_good() const {
    if (rejected_elsewhere_) return true;
    return setup_->config.after_rejection == AfterRejection::fail && was_rejected();
}

void Attempts::handle_failure(AttemptId id, const Error& error, Instant now) {
    Attempt* attempt = find_running(id);
    if (attempt == nullptr) return;
    attempt->error = error;
    // What agreed on HTTP/2 and cannot begin it may do better as HTTP/1.1. An alert of TLS that
    // comes behind the handshake would come again.
    const bool broken = attempt->state == State::awaiting_settings && error.phase != Phase::tls;
    end(*attempt, AttemptEnd::failed);
    if (broken) fall_back(*attempt);
    grant_turns(now);
}

// RFC 9849 section 6.1.6: one retry, with the config that the peer gave, and none if ECH was not
// offered.
void Attempts::handle_ech_retry(AttemptId id, std::vector<std::uint8_t> config, Instant now) {
    Attempt* attempt = find_running(id);
    if (attempt == nullptr) return;
    const bool offered = !attempt->endpoint.ech.empty();
    if (attempt->state != State::connecting || !offered ||
        attempt->kind == AttemptKind::ech_retry) {
        return handle_failure(id, attempt->error, now);
    }
    end(*attempt, AttemptEnd::ech_retry);
    Endpoint retry = attempt->endpoint;
    retry.ech = std::move(config);
    urgent_.push_back({std::move(retry), AttemptKind::ech_retry});
}

void Attempts::end(Attempt& attempt, AttemptEnd how) {
    attempt.state = State::ended;
    attempt.deadline.reset();
    attempt.overdue = false;
    attempt.end = how;
}

void Attempts::drop(Attempt& attempt, AttemptEnd how) {
    end(attempt, how);
    outputs_.push_back(CancelAttempt{attempt.id});
}

void Attempts::handle_timeout(Instant now) {
    for (Attempt& attempt : attempts_) {
        if (!attempt.deadline || *attempt.deadline > now) continue;
        if (attempt.state == State::awaiting_settings) fall_back(attempt);
        if (now >= patient_until_ || in_the_way(attempt) || rejected_for_good()) {
            drop(attempt, AttemptEnd::timed_out);
        } else {
            attempt.deadline = patient_until_;
            attempt.overdue = true;
        }
    }
    grant_turns(now);
}

void Attempts::cancel() {
    for (Attempt& attempt : attempts_) {
        if (attempt.running()) drop(attempt, AttemptEnd::cancelled);
    }
    urgent_.clear();
}

std::optional<Output> Attempts::poll_output() {
    if (outputs_.empty()) return std::nullopt;
    Output output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

std::optional<Instant> Attempts::next_timeout() const {
    Deadline earliest;
    for (const Attempt& attempt : attempts_) earliest = earlier(earliest, attempt.deadline);
    return earliest;
}

// Progress holds the next attempt back, but not for longer than the largest delay after a start:
// else a peer that drips could keep all others away.
std::optional<Instant> Attempts::next_start() const {
    const std::size_t count = running_count();
    if (count == 0) return std::nullopt;
    Instant progressed = Instant::min();
    Instant started = Instant::min();
    for (const Attempt& attempt : attempts_) {
        if (!attempt.running()) continue;
        progressed = std::max(progressed, attempt.progressed);
        started = std::max(started, attempt.started);
    }
    return std::min(progressed + delay_for(setup_->config, count), started + kMaxAttemptDelay);
}

std::optional<UrgentEndpoint> Attempts::take_urgent() {
    while (!urgent_.empty()) {
        UrgentEndpoint urgent = std::move(urgent_.front());
        urgent_.pop_front();
        if (urgent.kind == AttemptKind::unprocessed_retry) return urgent;
        const bool tried =
            std::ranges::find(attempts_, urgent.endpoint, &Attempt::endpoint) != attempts_.end();
        if (!tried) return urgent;
    }
    return std::nullopt;
}

bool Attempts::covered(const Endpoint& endpoint) const {
    return std::ranges::any_of(
        attempts_, [&](const Attempt& tried) { return covers(tried.endpoint, endpoint); });
}

std::size_t Attempts::running_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(attempts_, &Attempt::running));
}

bool Attempts::any_ended(AttemptEnd end) const {
    return std::ranges::any_of(attempts_, [&](const Attempt& attempt) {
        return attempt.state == State::ended && attempt.end == end;
    });
}

std::optional<Succeeded> Attempts::winner() const {
    const auto won = std::ranges::find(attempts_, State::won, &Attempt::state);
    if (won == attempts_.end()) return std::nullopt;
    return Succeeded{won->id, won->version, won->endpoint};
}

std::vector<AttemptReport> Attempts::reports() const {
    std::vector<AttemptReport> reports;
    for (const Attempt& attempt : attempts_) {
        if (attempt.state != State::ended) continue;
        reports.push_back(
            {attempt.id, attempt.endpoint, attempt.phase, attempt.end, attempt.error});
    }
    return reports;
}

FailureReason Attempts::failure_reason() const {
    if (attempts_.empty()) return FailureReason::no_address;
    if (was_rejected()) return FailureReason::rejected;
    const bool all_unsupported = std::ranges::all_of(attempts_, [](const Attempt& attempt) {
        return attempt.end == AttemptEnd::not_supported || attempt.end == AttemptEnd::ech_retry;
    });
    return all_unsupported && any_ended(AttemptEnd::not_supported) ? FailureReason::not_supported
                                                                   : FailureReason::connection;
}

}  // namespace tautline::eyeballs
