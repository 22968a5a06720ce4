// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/random.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/eyeballs/output.hpp>
#include <tautline/proto/eyeballs/resolved.hpp>

namespace tautline::eyeballs {

/// An HTTPS record in AliasMode: ask for `target` instead. Resolvers that follow aliases themselves
/// never answer so.
struct Alias {
    std::string target;
};
/// No answer: SERVFAIL, a timeout of the resolver, ...
struct LookupFailed {
    Error error;
};
/// Empty vectors are the negative answers: NODATA and NXDOMAIN.
using Answer =
    std::variant<std::vector<dns::ServiceRecord>, std::vector<IpAddress>, Alias, LookupFailed>;

enum class Freshness : std::uint8_t { fresh, stale };

/// The queries of a race: which to send, what they brought, when that is enough to begin with.
///
///     start ─▶ HTTPS, AAAA, A of the origin; AAAA, A of alternative services
///     answer ─▶ AAAA, A of each target; HTTPS, AAAA, A of an alias; a refresh of a stale answer
///
/// What counts is what can be reached from the origin. When a refreshed answer leads elsewhere, the
/// queries that the stale one brought up are cancelled, and what they told is forgotten.
///
/// Limits: `max_targets` names, `max_records`, `max_addresses`, `max_alias_hops`, one refresh a
/// question, `query_timeout` each. Answers that change may bring up as many names once more.
/// Lifetime: `setup` and `random` outlive it.
class DnsPhase {
public:
    /// `setup` is bounded.
    DnsPhase(const RaceSetup& setup, RandomBytes& random) : setup_(&setup), random_(&random) {}

    void start(Instant now);
    /// Answers to queries that are not in flight are ignored.
    void handle_answer(QueryId id, const Answer& answer, Freshness freshness, Instant now);
    void handle_timeout(Instant now);
    /// Cancels what is in flight.
    void cancel();
    /// The same when its time is up: it counts as failed.
    void give_up();

    [[nodiscard]] std::optional<Output> poll_output();
    /// The earliest deadline of a query.
    [[nodiscard]] std::optional<Instant> next_timeout() const;

    [[nodiscard]] bool pending() const;
    /// Whether attempts may begin, given that there is an address.
    [[nodiscard]] bool ready(Instant now) const;
    /// When `ready` becomes true without a further answer.
    [[nodiscard]] std::optional<Instant> ready_at() const;
    /// No attempt may begin, not even a further one, before the HTTPS answer: security relies on
    /// it, or nothing else is asked for. A refresh that leads to an alias brings this about late.
    [[nodiscard]] bool https_awaited() const;
    /// The HTTPS query failed, or its aliases lead in a circle or too far, and security relies on
    /// it: nothing may be attempted.
    [[nodiscard]] bool forbidden() const;

    [[nodiscard]] Resolved resolved() const;
    [[nodiscard]] std::vector<QueryReport> failures() const;

private:
    struct Lookup {
        std::string name;
        RecordType type = RecordType::https;
        QueryId id;                       // Of the query sent last.
        std::optional<Instant> deadline;  // Set while that is in flight.
        bool answered = false;            // Also negatively, also by a failure.
        bool refreshed = false;
        std::optional<Error> failure;
        std::vector<IpAddress> addresses;
        std::vector<dns::ServiceRecord> records;
        std::string alias;
    };

    void ask(const std::string& name, RecordType type, Instant now);
    void ask_addresses(const std::string& name, Instant now);
    void ask_alias(const std::string& name, Instant now);
    void send(Lookup& lookup, bool allow_stale, Instant now);
    void time_out(Lookup& lookup);
    void store(Lookup& lookup, const Answer& answer);
    void store_records(Lookup& lookup, const std::vector<dns::ServiceRecord>& records);
    void store_addresses(Lookup& lookup, const std::vector<IpAddress>& addresses) const;
    void follow(Instant now);
    void forget_unreached();

    [[nodiscard]] bool is_absolute(const std::string& name) const;
    [[nodiscard]] const Lookup* find(const std::string& name, RecordType type) const;
    [[nodiscard]] std::vector<const Lookup*> alias_chain() const;
    [[nodiscard]] bool reached(const Lookup& lookup, const std::vector<const Lookup*>& chain) const;
    [[nodiscard]] bool https_missing() const;
    [[nodiscard]] bool https_relied_on() const;
    [[nodiscard]] bool first_name_answered() const;
    [[nodiscard]] std::size_t names() const;

    const RaceSetup* setup_;
    RandomBytes* random_;
    std::deque<Lookup> lookups_;  // References stay valid while it grows.
    std::deque<Output> outputs_;
    std::optional<Instant> first_answer_;
    std::uint64_t queries_ = 0;
    std::size_t names_asked_ = 0;    // Those that were forgotten count too.
    std::size_t aliases_asked_ = 0;  // Likewise.
};

/// The name of an HTTPS query (RFC 9460 section 9.1): "_8443._https.example.org" for that port.
[[nodiscard]] std::string https_query_name(const Origin& origin);

}  // namespace tautline::eyeballs
