// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tests/support/race_walk.hpp>

namespace tautline::test {

/// What two states of a world must have in common to be visited once.
enum class Likeness {
    same,   ///< The same facts in the same order at the same times.
    alike,  ///< The same future: see `RaceFingerprint`.
};

/// All that decides what a race can still do, as bytes.
///
/// `Likeness::alike` leaves out what no longer matters. `RaceExploration` proves on worlds that can
/// be walked without it that such states go on alike. The reasons:
///
/// 1. What is gone counts once and without its order: an endpoint was tried or was not, and every
///    failure leaves that alone. A question that brought nothing, failed or got no answer in time
///    adds nothing to the plan, whichever it was.
/// 2. Attempts to different hosts meet in two places only: the pace, which takes the latest of
/// their
///    times, and the end. So their order among each other does not matter. That of one host does:
///    the first that waits gets the turn. Without WebSocket there are no turns, and no such order.
/// 3. A moment that is further back than the longest delay holds nothing back any more.
/// 4. The wait for better answers is over with the first attempt.
/// 5. A race is *answered* once no query is in flight. What was answered, and what was tried, is
///    history then, but for what is left of the plan, and for the `http/1.1` attempts that a
///    fallback would repeat. Addresses are compared with each other only: a host of which nothing
///    is left to try may change its name with another.
/// 6. A race is *settled* once nothing is left: nothing waits for the pace.
/// 7. Where all phases have the same timeout, what begins in a settled race is due later than all
///    that runs, or together with what begins at this moment too. So the order of the deadlines
///    says all, and whether the last of them begins now. The same goes for an answered race in
///    which all that is left begins before the first deadline: one each delay at the latest. By
///    that time the bound on the pace, two seconds after the latest start, binds nobody either, if
///    no start is long ago.
/// 8. A rejection that ends the race leaves nothing to begin, so it counts although it is gone.
///
/// What is lost: which reason a failure names, as that is history.
class RaceFingerprint {
public:
    RaceFingerprint(const RaceWalk& walk, Likeness likeness)
        : walk_(walk), witness_(walk.witness()), exact_(likeness == Likeness::same) {
        answered_ = !exact_ && !walk.patient() && walk.world().judged &&
                    std::ranges::none_of(witness_.queries, &Query::in_flight);
        if (answered_) left_ = left(walk.no_http2() || walk.world().setup.origin.http1_only);
        settled_ = answered_ && left_.empty();
    }

    [[nodiscard]] std::string bytes() {
        add(witness_.ended ? (witness_.success ? 2 : 1) : 0);
        if (witness_.ended && !exact_) return std::move(text_);
        add((walk_.no_http2() ? 2 : 0) + (witness_.remembered ? 4 : 0) +
            (walk_.rejected() ? 8 : 0) + (walk_.doubted() ? 16 : 0));
        if (walk_.patient()) add(walk_.age(Instant{}).count());
        if (!exact_ && witness_.attempts.empty()) add(-1);
        answered_ ? add_left() : add_queries();
        if (exact_) {
            for (const auto& attempt : witness_.attempts) add_exactly(attempt);
        } else {
            if (!answered_) add_gone();
            add_running();
        }
        return std::move(text_);
    }

private:
    using State = RaceWitness::State;
    using Attempt = RaceWitness::Attempt;
    using Query = RaceWitness::Query;
    using Endpoints = std::vector<eyeballs::Endpoint>;

    [[nodiscard]] const eyeballs::NetworkConfig& config() const {
        return walk_.world().setup.config;
    }
    [[nodiscard]] Endpoints left(bool no_http2) const {
        return walk_.knowledge().left(witness_.attempts, no_http2);
    }

    static void add_to(std::string& text, std::int64_t number) {
        for (; number < 0 || number > 127;
             number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) >> 7U)) {
            text.push_back(static_cast<char>(128 + (number & 127)));
        }
        text.push_back(static_cast<char>(number));
    }
    static void add_to(std::string& text, const std::string& part) {
        add_to(text, static_cast<std::int64_t>(part.size()));
        text += part;
    }
    void add(std::int64_t number) { add_to(text_, number); }

    void add_queries() {
        if (exact_ || witness_.attempts.empty()) add_wait();
        std::vector<std::string> queries;
        for (const Query& query : witness_.queries) {
            if (!exact_ && !query.in_flight && brought_nothing(query)) continue;
            std::string& text = queries.emplace_back();
            add_to(text, static_cast<std::int64_t>(query.type));
            add_to(text, query.name);
            add_to(text, static_cast<std::int64_t>(query.answer));
            add_to(text, query.in_flight ? walk_.age(query.sent).count() : -1);
            add_to(text, query.allow_stale ? 1 : 0);
        }
        if (!exact_) std::ranges::sort(queries);
        for (const std::string& query : queries) text_ += query;
    }
    void add_wait() {
        add(std::min(walk_.age(walk_.first_answer()), config().resolution_delay).count());
    }
    // Also what will be left if HTTP/2 turns out to be of no use.
    void add_left() {
        if (!settled_ && witness_.attempts.empty()) add_wait();
        add_left(left_);
        if (!settled_ && !walk_.no_http2()) add_left(left(true));
    }
    void add_left(const Endpoints& endpoints) {
        add(static_cast<std::int64_t>(endpoints.size()));
        for (const auto& endpoint : endpoints) text_ += host_of(endpoint) + rest_of(endpoint);
    }
    [[nodiscard]] bool brought_nothing(const Query& query) const {
        if (!walk_.world().stale.empty() || config().dns_protected) return false;
        if (query.answer == 0) return true;
        const auto answer = walk_.world().answers(query)[query.answer - 1];
        const auto* addresses = std::get_if<std::vector<IpAddress>>(&answer);
        return std::holds_alternative<eyeballs::LookupFailed>(answer) ||
               (addresses != nullptr && addresses->empty());
    }

    // The host apart: it may change its name.
    static std::string host_of(const eyeballs::Endpoint& endpoint) {
        const auto* target = std::get_if<IpEndpoint>(&endpoint.target);
        if (target == nullptr) return endpoint.to_string();
        const auto& bytes = target->address.mapped();
        return {bytes.begin(), bytes.end()};
    }
    static std::string rest_of(const eyeballs::Endpoint& endpoint) {
        std::string text;
        const auto* target = std::get_if<IpEndpoint>(&endpoint.target);
        add_to(text, target == nullptr ? 0 : target->port);
        add_to(text, static_cast<std::int64_t>(endpoint.protocol));
        add_to(text, {endpoint.ech.begin(), endpoint.ech.end()});
        return text;
    }
    static void add_state(std::string& text, const Attempt& attempt) {
        add_to(text, static_cast<std::int64_t>(attempt.state));
        add_to(text, attempt.version ? static_cast<std::int64_t>(*attempt.version) : 9);
        add_to(text, attempt.told_settings ? 1 : 0);
    }

    void add_exactly(const Attempt& attempt) {
        text_ += host_of(attempt.endpoint) + rest_of(attempt.endpoint);
        add(static_cast<std::int64_t>(attempt.kind));
        add_state(text_, attempt);
        if (attempt.state == State::gone) return;
        add(walk_.age(attempt.started).count());
        add(walk_.age(attempt.changed).count());
    }

    void add_gone() {
        std::vector<std::string> gone;
        for (const Attempt& attempt : witness_.attempts) {
            if (attempt.state != State::gone) continue;
            gone.push_back(host_of(attempt.endpoint) + rest_of(attempt.endpoint));
        }
        std::ranges::sort(gone);
        const auto repeated = std::ranges::unique(gone);
        gone.erase(repeated.begin(), repeated.end());
        add(static_cast<std::int64_t>(gone.size()));
        for (const std::string& text : gone) text_ += text;
    }

    void add_running() {
        rank_deadlines();
        std::map<std::string, std::string> by_host;
        std::vector<std::string> hosts;
        for (const Attempt& attempt : witness_.attempts) {
            if (attempt.state == State::gone) continue;
            if (turns_) {
                add_running(by_host[host_of(attempt.endpoint)], attempt);
            } else {
                add_running(hosts.emplace_back(answered_ ? "" : host_of(attempt.endpoint)),
                            attempt);
            }
        }
        for (const auto& [host, text] : by_host) {
            hosts.push_back(is_awaited(host) ? host + text : text);
        }
        std::ranges::sort(hosts);
        for (const std::string& host : hosts) add_to(text_, host);
    }
    [[nodiscard]] bool is_awaited(const std::string& host) const {
        return !answered_ || std::ranges::any_of(left_, [&](const auto& endpoint) {
            return host_of(endpoint) == host;
        });
    }

    void add_running(std::string& text, const Attempt& attempt) const {
        if (turns_ || !answered_) {
            text += rest_of(attempt.endpoint);
        } else {
            add_to(text, static_cast<std::int64_t>(attempt.endpoint.protocol));
            add_to(text, {attempt.endpoint.ech.begin(), attempt.endpoint.ech.end()});
        }
        const bool again = attempt.kind == eyeballs::AttemptKind::unprocessed_retry;
        add_to(text, again ? 1 : attempt.kind == eyeballs::AttemptKind::ech_retry ? 2 : 0);
        add_state(text, attempt);
        if (walk_.world().progress) add_to(text, walk_.age(attempt.changed) > Duration{} ? 1 : 0);
        if (answered_) {
            add_to(text, may_fall_back(attempt) && fallback_is_gone(attempt) ? 1 : 0);
        }
        if (!settled_) {
            const auto started = walk_.age(attempt.started);
            add_to(text, started <= harmless_ ? 0 : std::min(started, Duration(kPast)).count());
            add_to(text, std::min(walk_.age(attempt.changed), longest_delay()).count());
        }
        add_to(text, deadline_of(attempt));
    }

    // It may, or the retry of one that was not processed.
    [[nodiscard]] static bool may_fall_back(const Attempt& attempt) {
        return attempt.endpoint.protocol == eyeballs::Protocol::http2_or_http1;
    }
    // Those that run stand in the bytes anyway.
    [[nodiscard]] bool fallback_is_gone(const Attempt& attempt) const {
        return std::ranges::any_of(witness_.attempts, [&](const Attempt& other) {
            return other.state == State::gone &&
                   other.endpoint.protocol == eyeballs::Protocol::http1 &&
                   other.endpoint.target == attempt.endpoint.target &&
                   other.endpoint.ech == attempt.endpoint.ech;
        });
    }

    // Those that wait for their turn have no deadline.
    [[nodiscard]] static bool waits_for_turn(const Attempt& attempt) {
        return attempt.state == State::connected &&
               (attempt.told_settings || attempt.version == eyeballs::HttpVersion::http1);
    }
    [[nodiscard]] Instant due(const Attempt& attempt) const {
        if (attempt.state == State::connecting) return attempt.started + config().transport_timeout;
        if (attempt.state == State::asked) return attempt.changed + config().session_timeout;
        return attempt.changed + config().settings_timeout;
    }
    [[nodiscard]] std::int64_t deadline_of(const Attempt& attempt) const {
        if (waits_for_turn(attempt)) return -1;
        if (!ranked_) return -walk_.age(due(attempt)).count();
        return std::ranges::find(deadlines_, due(attempt)) - deadlines_.begin();
    }
    void rank_deadlines() {
        const auto all = config().transport_timeout;
        if (!answered_ || all != config().settings_timeout || all != config().session_timeout) {
            return;
        }
        for (const Attempt& attempt : witness_.attempts) {
            const bool runs = attempt.state != State::gone && !waits_for_turn(attempt);
            if (runs) deadlines_.push_back(due(attempt));
        }
        std::ranges::sort(deadlines_);
        const auto repeated = std::ranges::unique(deadlines_);
        deadlines_.erase(repeated.begin(), repeated.end());
        // How long it takes at most until all is begun.
        const auto until_settled = longest_delay() * static_cast<Duration::rep>(left_.size());
        harmless_ = kPast - longest_delay() - until_settled;
        ranked_ = all > until_settled &&
                  (deadlines_.empty() || -walk_.age(deadlines_.front()) > until_settled);
        if (!ranked_) return;
        add(!deadlines_.empty() && -walk_.age(deadlines_.back()) == all ? 1 : 0);
    }
    [[nodiscard]] Duration longest_delay() const {
        return config().attempt_delay_multiplier == 1 ? config().attempt_delay : kPast;
    }

    static constexpr Duration kPast = eyeballs::kMaxAttemptDelay;

    const RaceWalk& walk_;
    const RaceWitness& witness_;
    bool exact_;
    bool turns_ = config().session == eyeballs::SessionKind::websocket;
    bool answered_ = false;
    bool settled_ = false;
    bool ranked_ = false;
    Endpoints left_;
    Duration harmless_ = Duration::min();
    std::vector<Instant> deadlines_;
    std::string text_;
};

}  // namespace tautline::test
