// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tautline/proto/eyeballs/race.hpp>

namespace tautline::test {

/// Watches a race from the outside, and notes every promise that it breaks:
///
/// - a transport that was started fails, wins or is cancelled, once, and before the end;
/// - no endpoint is tried twice, but for one retry of what was not processed;
/// - a query is answered, times out or is cancelled, once, and before the end;
/// - success or failure is said exactly once, and nothing after it;
/// - until then a timer is armed, and it lies ahead.
class RaceWitness {
public:
    enum class State { connecting, connected, asked, gone };
    struct Query {
        eyeballs::QueryId id;
        eyeballs::RecordType type;
        std::string name;
        bool allow_stale;
        Instant sent;
        bool in_flight = true;
        std::size_t answer = 0;  ///< For those who want to note which it was.
    };
    struct Attempt {
        eyeballs::AttemptId id;
        eyeballs::Endpoint endpoint;
        eyeballs::AttemptKind kind;
        Instant started;
        Instant changed;
        State state = State::connecting;
        std::optional<eyeballs::HttpVersion> version = std::nullopt;
        bool told_settings = false;
        bool unfit = false;  ///< Its settings allow no session.
    };

    /// Takes all outputs of the race.
    void look(eyeballs::Race& race, Instant now) {
        while (const auto output = race.poll_output()) {
            if (ended) broken.push_back("an output after the end: " + to_string(*output));
            lines.push_back(to_string(*output));
            now_ = now;
            std::visit([this](const auto& value) { see(value); }, *output);
        }
        demand(race.ended() == ended, "the end was not said");
        if (!ended) look_at_timer(race, now);
    }

    /// The driver said that the transport is ready.
    void connected(eyeballs::AttemptId id, eyeballs::HttpVersion version, Instant now) {
        Attempt* attempt = find(id);
        if (attempt == nullptr || attempt->state != State::connecting) return;
        attempt->state = State::connected;
        attempt->version = version;
        attempt->changed = now;
    }
    /// The driver said that the transport is gone.
    void gone(eyeballs::AttemptId id) {
        if (Attempt* attempt = find(id)) attempt->state = State::gone;
    }
    void answered(eyeballs::QueryId id) {
        for (Query& query : queries) query.in_flight = query.in_flight && query.id != id;
    }
    [[nodiscard]] Attempt* find(eyeballs::AttemptId id) {
        const auto found = std::ranges::find(attempts, id, &Attempt::id);
        return found == attempts.end() ? nullptr : &*found;
    }

    std::vector<Query> queries;
    std::vector<Attempt> attempts;
    std::vector<std::string> lines;   ///< What was said, a line each.
    std::vector<std::string> broken;  ///< Promises, in words. Empty is good.
    bool ended = false;
    bool remembered = false;
    std::optional<eyeballs::Succeeded> success;
    std::optional<eyeballs::Failed> failure;

private:
    void demand(bool kept, const char* promise) {
        if (!kept) broken.emplace_back(promise);
    }

    void look_at_timer(const eyeballs::Race& race, Instant now) {
        const auto timer = race.next_timeout();
        demand(timer.has_value(), "no timer is armed");
        if (timer) demand(*timer > now, "the timer is overdue");
    }

    void see(const eyeballs::SendQuery& query) {
        queries.push_back({query.id, query.type, query.name, query.allow_stale, now_});
    }
    void see(const eyeballs::CancelQuery& cancel) {
        const auto query = std::ranges::find(queries, cancel.id, &Query::id);
        demand(query != queries.end() && query->in_flight, "a query is cancelled that is not");
        answered(cancel.id);
    }
    void see(const eyeballs::StartAttempt& start) {
        for (const Attempt& earlier : attempts) {
            const bool again = start.kind == eyeballs::AttemptKind::unprocessed_retry &&
                               earlier.kind != start.kind && earlier.state == State::gone;
            if (again || earlier.endpoint != start.endpoint) continue;
            broken.push_back("tried twice: " + to_string(start));
        }
        attempts.push_back({start.id, start.endpoint, start.kind, now_, now_});
    }
    void see(const eyeballs::EstablishSession& establish) {
        Attempt* attempt = find(establish.id);
        const bool fits = attempt != nullptr && attempt->state == State::connected &&
                          attempt->version == establish.version;
        demand(fits, "a session on a transport that is not ready");
        for (const Attempt& other : attempts) {
            demand(establish.session != eyeballs::SessionKind::websocket ||
                       other.state != State::asked || attempt == nullptr ||
                       !same_host(other.endpoint.target, attempt->endpoint.target),
                   "two WebSockets to an address in the making");
        }
        if (attempt != nullptr) attempt->state = State::asked;
        if (attempt != nullptr) attempt->changed = now_;
    }
    void see(const eyeballs::CancelAttempt& cancel) {
        const Attempt* attempt = find(cancel.id);
        demand(attempt != nullptr && attempt->state != State::gone, "cancelled what is gone");
        gone(cancel.id);
    }
    void see(const eyeballs::RememberHttp1Only&) {
        demand(!remembered, "told to remember twice");
        remembered = true;
    }
    void see(const eyeballs::Succeeded& won) {
        const Attempt* attempt = find(won.id);
        demand(attempt != nullptr && attempt->state != State::gone, "a winner that is gone");
        gone(won.id);
        success = won;
        end();
    }
    void see(const eyeballs::Failed& failed) {
        demand(failed.attempts.size() == attempts.size(), "the failure lacks attempts");
        failure = failed;
        end();
    }

    void end() {
        ended = true;
        for (const Attempt& attempt : attempts) {
            if (attempt.state == State::gone) continue;
            broken.push_back("leaked: " + attempt.endpoint.to_string());
        }
        for (const Query& query : queries) {
            if (query.in_flight) broken.push_back("a query is left in flight: " + query.name);
        }
    }

    static std::string to_string(const eyeballs::Output& output) {
        return eyeballs::to_string(output);
    }

    Instant now_;
};

}  // namespace tautline::test
