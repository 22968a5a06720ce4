// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/attempts.hpp>
#include <tautline/proto/eyeballs/destination_order.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/endpoint.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::eyeballs {

/// Happy Eyeballs v3: finds the best connection to an origin, and over it the session, by trying
/// several ways at once. It only decides; the driver owns resolver, sockets and clock. It routes:
///
///     handle_answer ──▶ DnsPhase ──▶ what is known ──▶ order_endpoints ──▶ the plan
///     handle_* of an attempt ──▶ Attempts ◀── the next of the plan, when it is time
///
/// Calling order: construct; then after every call on it take `poll_output` until there is none,
/// do as told, and call `handle_timeout` at `next_timeout`. `Succeeded` or `Failed` is the last
/// output, said once; until then there is always a timeout.
///
/// Every `StartAttempt` is answered for: the driver said that the transport failed, or it is the
/// winner, or `CancelAttempt` comes before the end.
///
/// Limits: those of `NetworkConfig`; memory grows with them alone. Texts in errors are the
/// driver's.
/// Lifetime: `random` outlives it. Copies are independent races.
/// Threads: one at a time.
/// Spec: draft-ietf-happy-happyeyeballs-v3, RFC 9460, RFC 6724, RFC 8441, RFC 9220.
class Race {
public:
    /// Needs a host in `setup.origin`. Options out of bounds are moved into them. Until
    /// `patient_until` an attempt may take longer than its timeouts, where it keeps no other from
    /// its turn: nothing would be tried in its place.
    Race(RaceSetup setup, RandomBytes& random, Instant now, Instant patient_until = Instant::min());

    /// What the system knows of the way to an address; best told before the answer with it.
    void handle_route(const Route& route);
    void handle_answer(QueryId id, const Answer& answer, Freshness freshness, Instant now);

    // Facts about attempts. Those about unknown, ended and cancelled ones are ignored.

    /// It came on: TCP is up, the proxy answered, TLS began. Holds the next attempt back.
    void handle_progress(AttemptId id, Instant now);
    /// Transport and TLS are ready; ALPN chose `version`.
    void handle_connected(AttemptId id, HttpVersion version, Instant now);
    void handle_settings(AttemptId id, const PeerSettings& settings, Instant now);
    /// The answer to `EstablishSession`. The driver keeps the transport open until it is cancelled.
    void handle_session(AttemptId id, SessionResult result, const Error& error, Instant now);
    /// The transport is gone, in whatever phase.
    void handle_failure(AttemptId id, const Error& error, Instant now);
    /// The transport is gone; its peer gave (and proved) a new ECHConfigList, or none: empty.
    void handle_ech_retry(AttemptId id, std::vector<std::uint8_t> config, Instant now);

    /// A server said no on a connection that is none of this race: nothing more is begun, and only
    /// those that are asked for their session can still win.
    void handle_rejection_elsewhere(Instant now);
    void handle_timeout(Instant now);
    /// Ends the race, when it has not ended: cancels everything, fails with `abandoned`. Queries
    /// that are in flight are among those that failed.
    void abandon();

    [[nodiscard]] std::optional<Output> poll_output();
    /// When to call `handle_timeout` next; std::nullopt once the race has ended.
    [[nodiscard]] std::optional<Instant> next_timeout() const;
    [[nodiscard]] bool ended() const { return ended_; }

private:
    void go_on(Instant now);
    void await_the_asked();
    void start_urgent(Instant now);
    void start_planned(Instant now);
    [[nodiscard]] const Endpoint* next_endpoint() const;
    [[nodiscard]] bool http1_only() const;
    [[nodiscard]] bool exhausted() const;
    void fail(FailureReason reason);
    void end(Output last);

    std::shared_ptr<const RaceSetup>
        setup_;  // The parts below point into it, also those of copies.
    DnsPhase dns_;
    Attempts attempts_;
    std::vector<Route> routes_;
    std::vector<Endpoint> plan_;
    std::optional<Output> last_;
    bool started_ = false;  // An attempt has been made: later answers wait for nothing.
    bool ended_ = false;
};

}  // namespace tautline::eyeballs
