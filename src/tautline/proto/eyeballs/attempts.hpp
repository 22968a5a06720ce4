// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/endpoint.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::eyeballs {

/// What the SETTINGS of an HTTP/2 or HTTP/3 peer allow.
struct PeerSettings {
    bool extended_connect = false;  ///< SETTINGS_ENABLE_CONNECT_PROTOCOL is 1.
    /// All that WebTransport asks for besides: with HTTP/3 WT_ENABLED, H3_DATAGRAM, datagrams of
    /// QUIC and reset_stream_at; with HTTP/2 WT_ENABLED.
    bool webtransport = false;
    bool takes_streams = true;  ///< Off: SETTINGS_MAX_CONCURRENT_STREAMS is 0.
};

enum class SessionResult : std::uint8_t {
    established,
    rejected,       ///< A status that says no to this request: 401, 403, 404, 503, ...
    not_supported,  ///< It cannot be done over this connection: 501 to extended CONNECT, ...
    failed,         ///< Everything else: a malformed answer, a reset, ...
    not_processed,  ///< The peer took no notice of it, and said so: it may be asked again.
    unclear,        ///< `rejected` or `not_supported`, HTTP/1.1 will tell: 400 over HTTP/2, ...
};

/// An endpoint that an earlier attempt brought up; it waits for nothing.
struct UrgentEndpoint {
    Endpoint endpoint;
    AttemptKind kind;
};

/// The attempts of a race, from their start to their end, and the pace of starting them.
///
///                      settings do
///     connecting ─▶ awaiting_settings ─▶ awaiting_turn ─▶ establishing ─▶ won
///         │ └─ h1 ────────────────────────────▲   │              │
///         └─ no session ─▶ won                    │              │
///         └───────────────────┴───────────────────┴──────────────┴──▶ ended
///
/// An attempt that ends while its transport may be open is cancelled, whatever the reason; only
/// `handle_failure`, `handle_ech_retry` and winning end one without a `CancelAttempt`.
///
/// Limits: `max_attempts`; each phase has its timeout, or longer where there is patience, and
/// `awaiting_turn` ends with that of another attempt.
/// Lifetime: `setup` outlives it.
class Attempts {
public:
    /// `setup` is bounded. See `Race` for `patient_until`.
    explicit Attempts(const RaceSetup& setup, Instant patient_until = Instant::min())
        : setup_(&setup), patient_until_(patient_until) {}

    /// Needs: not `full()`.
    void start(const Endpoint& endpoint, AttemptKind kind, Instant now);

    // Facts about attempts. Those about unknown or ended ones are ignored.
    void handle_progress(AttemptId id, Instant now);
    void handle_connected(AttemptId id, HttpVersion version, Instant now);
    /// May come before `handle_connected`; what comes after the session was asked for is ignored.
    void handle_settings(AttemptId id, const PeerSettings& settings, Instant now);
    void handle_session(AttemptId id, SessionResult result, const Error& error, Instant now);
    void handle_failure(AttemptId id, const Error& error, Instant now);
    void handle_ech_retry(AttemptId id, std::vector<std::uint8_t> config, Instant now);
    /// See `Race`; whatever `AfterRejection` says.
    void handle_rejection_elsewhere();
    void handle_timeout(Instant now);
    /// Ends what is still running.
    void cancel();

    [[nodiscard]] std::optional<Output> poll_output();
    /// The earliest deadline of an attempt.
    [[nodiscard]] std::optional<Instant> next_timeout() const;

    /// When the next planned attempt may start; std::nullopt: at once.
    [[nodiscard]] std::optional<Instant> next_start() const;
    [[nodiscard]] std::optional<UrgentEndpoint> take_urgent();
    [[nodiscard]] bool covered(const Endpoint& endpoint) const;
    [[nodiscard]] bool full() const { return attempts_.size() >= setup_->config.max_attempts; }
    [[nodiscard]] bool running() const { return running_count() > 0; }
    [[nodiscard]] bool http2_unsuitable() const { return http2_ != Http2::suitable; }
    [[nodiscard]] bool was_rejected() const { return any_ended(AttemptEnd::rejected); }
    /// A server said no where that counts for all: nothing more is begun. Those still run that were
    /// asked for their session before, and one of them may win.
    [[nodiscard]] bool rejected_for_good() const;

    [[nodiscard]] std::optional<Succeeded> winner() const;
    [[nodiscard]] std::vector<AttemptReport> reports() const;
    /// Why a race with these attempts fails: needs that all have ended.
    [[nodiscard]] FailureReason failure_reason() const;

private:
    enum class State : std::uint8_t {
        connecting,
        awaiting_settings,
        awaiting_turn,
        establishing,
        won,
        ended,
    };
    enum class Http2 : std::uint8_t { suitable, doubted, unsuitable };
    struct Attempt {
        AttemptId id{};
        Endpoint endpoint;
        AttemptKind kind = AttemptKind::planned;
        State state = State::connecting;
        Instant started{};
        Instant progressed{};
        std::optional<Instant> deadline{};  // Of the state; none while awaiting its turn.
        bool overdue = false;               // It may go on while no other waits for its turn.
        HttpVersion version = HttpVersion::http1;
        std::optional<PeerSettings> settings{};
        AttemptPhase phase = AttemptPhase::transport;
        AttemptEnd end = AttemptEnd::cancelled;
        Error error{};

        [[nodiscard]] bool running() const { return state != State::won && state != State::ended; }
    };

    [[nodiscard]] Attempt* find_running(AttemptId id);
    [[nodiscard]] std::size_t running_count() const;
    [[nodiscard]] bool any_ended(AttemptEnd end) const;
    [[nodiscard]] bool suitable(const PeerSettings& settings) const;
    [[nodiscard]] bool turn_taken(const Attempt& attempt) const;
    [[nodiscard]] bool in_the_way(const Attempt& attempt) const;

    void enter(Attempt& attempt, State state, Instant now);
    void await_settings(Attempt& attempt, Instant now);
    void judge_settings(Attempt& attempt, Instant now);
    void await_turn(Attempt& attempt, Instant now);
    void grant_turns(Instant now);
    void end_unsupported(Attempt& attempt, Http2 http2);
    void win(Attempt& attempt, Instant now);
    void remember_http1_only();
    [[nodiscard]] bool has_fallback(const Attempt& attempt) const;
    void fall_back(const Attempt& attempt);
    void end_unprocessed(Attempt& attempt);
    void end_rejected(Attempt& attempt);
    void keep_the_asked();
    void end(Attempt& attempt, AttemptEnd how);
    void drop(Attempt& attempt, AttemptEnd how);

    const RaceSetup* setup_;
    Instant patient_until_;
    std::deque<Attempt> attempts_;  // References stay valid while it grows.
    std::deque<UrgentEndpoint> urgent_;
    std::deque<Output> outputs_;
    Http2 http2_ = Http2::suitable;  // What is known of the origin's.
    bool remembered_ = false;
    bool rejected_elsewhere_ = false;
};

}  // namespace tautline::eyeballs
