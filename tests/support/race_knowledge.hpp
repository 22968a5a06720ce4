// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tests/support/race_witness.hpp>

#include <tautline/proto/eyeballs/destination_order.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/service_order.hpp>

namespace tautline::test {

/// What a race was told by its queries, and which endpoints that allows: written a second time, as
/// simply as can be, to judge where attempts go. It knows nothing of NAT64, of routes and of names
/// that others resolve.
class RaceKnowledge {
public:
    explicit RaceKnowledge(const eyeballs::RaceSetup& setup) : setup_(eyeballs::bounded(setup)) {}

    void ask(const RaceWitness::Query& query) { asked_.emplace(query.type, query.name); }
    void tell(const RaceWitness::Query& query, const eyeballs::Answer& answer) {
        if (std::holds_alternative<eyeballs::LookupFailed>(answer)) return;
        answers_[{query.type, query.name}] = answer;
        plans_ = {};
        if (query.type != eyeballs::RecordType::https) return;
        const auto links = chain();
        const auto names = reached();
        const auto forgotten = [&](const Question& question) {
            const auto& [type, name] = question;
            return type == eyeballs::RecordType::https
                       ? std::ranges::find(links, name) == links.end()
                       : !names.contains(name);
        };
        std::erase_if(asked_, forgotten);
        std::erase_if(answers_, [&](const auto& known) { return forgotten(known.first); });
    }

    /// Why this attempt should not have been made after those before it; empty when it is right.
    [[nodiscard]] std::string objection(std::span<const RaceWitness::Attempt> before,
                                        const RaceWitness::Attempt& attempt, bool no_http2,
                                        Instant now) const {
        if (before.size() >= setup_.config.max_attempts) return "is one too many";
        if (attempt.kind != eyeballs::AttemptKind::planned) return "";
        if (now < earliest(before)) return "comes too soon";
        if (relied_on_is_missing()) return "does not wait for the HTTPS answer";
        for (const auto& earlier : before) {
            if (covers(earlier.endpoint, attempt.endpoint)) return "is pointless";
        }
        std::string why = "is allowed by nothing";
        const auto& allowed = plan(no_http2);
        for (const Choice& choice : allowed) {
            if (choice.endpoint != attempt.endpoint) continue;
            why = too_early(allowed, choice, before);
            if (why.empty()) break;
        }
        return why;
    }

    /// What the answers allow and no attempt has made pointless, in the order of the plan.
    [[nodiscard]] std::vector<eyeballs::Endpoint> left(
        std::span<const RaceWitness::Attempt> attempts, bool no_http2) const {
        std::vector<eyeballs::Endpoint> endpoints;
        for (const Choice& choice : plan(no_http2)) {
            const bool begun = std::ranges::any_of(attempts, [&](const auto& attempt) {
                return covers(attempt.endpoint, choice.endpoint);
            });
            if (!begun) endpoints.push_back(choice.endpoint);
        }
        return endpoints;
    }

private:
    struct Choice {
        eyeballs::Endpoint endpoint;
        std::size_t tier;
        std::size_t record;
    };
    using Records = std::vector<dns::ServiceRecord>;
    using Addresses = std::vector<IpAddress>;
    static constexpr std::size_t kLastTier = 65536;

    // Where ECH is relied on.
    [[nodiscard]] bool relied_on_is_missing() const {
        if (!setup_.config.dns_protected || !setup_.config.ech) return false;
        const std::pair end(eyeballs::RecordType::https, chain().back());
        return asked_.contains(end) && !answers_.contains(end);
    }
    // The pace: the delay after the last progress, but 2 s after the last start at the latest.
    [[nodiscard]] Instant earliest(std::span<const RaceWitness::Attempt> before) const {
        Instant changed{Duration::min()};
        Instant started = changed;
        Duration delay{};
        for (const auto& attempt : before) {
            if (attempt.state == RaceWitness::State::gone) continue;
            changed = std::max(changed, attempt.changed);
            started = std::max(started, attempt.started);
            delay = delay == Duration{} ? setup_.config.attempt_delay
                                        : delay * setup_.config.attempt_delay_multiplier;
            delay = std::min(delay, eyeballs::kMaxAttemptDelay);
        }
        if (delay == Duration{}) return started;
        return std::min(changed + delay, started + eyeballs::kMaxAttemptDelay);
    }
    static std::string too_early(const std::vector<Choice>& allowed, const Choice& choice,
                                 std::span<const RaceWitness::Attempt> before) {
        for (const Choice& other : allowed) {
            const bool tried = std::ranges::any_of(before, [&](const auto& earlier) {
                return covers(earlier.endpoint, other.endpoint);
            });
            if (!tried && precedes(other, choice))
                return "comes before " + other.endpoint.to_string();
        }
        return "";
    }
    // Records of one priority are tried in any order, and families take turns: not judged here.
    static bool precedes(const Choice& one, const Choice& other) {
        if (one.tier != other.tier) return one.tier < other.tier;
        return one.record == other.record && one.endpoint.protocol == other.endpoint.protocol &&
               is_v6(one) == is_v6(other) && &one < &other;
    }
    static bool is_v6(const Choice& choice) {
        return std::get<IpEndpoint>(choice.endpoint.target).address.is_v6();
    }

    template <typename Kind>
    [[nodiscard]] const Kind* told(eyeballs::RecordType type, const std::string& name) const {
        const auto known = answers_.find({type, name});
        return known == answers_.end() ? nullptr : std::get_if<Kind>(&known->second);
    }

    // The HTTPS names from the origin along the aliases, and where they end.
    [[nodiscard]] std::vector<std::string> chain() const {
        std::vector<std::string> names{eyeballs::https_query_name(setup_.origin)};
        while (const auto* alias =
                   told<eyeballs::Alias>(eyeballs::RecordType::https, names.back())) {
            const std::string target = eyeballs::normal_name(alias->target);
            if (target.empty()) break;
            const bool met = std::ranges::find(names, target) != names.end();
            names.push_back(target);
            if (met) break;
        }
        return names;
    }
    [[nodiscard]] Records records() const {
        const auto* all = told<Records>(eyeballs::RecordType::https, chain().back());
        if (all == nullptr) return {};
        Records usable = *all;
        usable.resize(std::min(usable.size(), setup_.config.max_records));
        std::erase_if(usable, [&](const auto& record) {
            return !versions_of(record, setup_.config.http_versions).any();
        });
        const auto clear = [](const auto& record) { return record.ech.empty(); };
        if (!setup_.config.ech) {
            for (auto& record : usable) record.ech.clear();
        } else if (!std::ranges::all_of(usable, clear)) {
            std::erase_if(usable, clear);
        }
        return usable;
    }
    [[nodiscard]] std::set<std::string> reached() const {
        std::set<std::string> names{setup_.origin.host};
        for (const auto& service : setup_.config.alt_services) names.insert(service.host);
        for (const auto& name : chain()) names.insert(name);
        for (const auto& record : records()) names.insert(record.target);
        return names;
    }

    [[nodiscard]] Addresses of_family(const Addresses& all, bool v6) const {
        const auto& ip = setup_.config.ip;
        Addresses kept;
        if (ip == (v6 ? eyeballs::IpMode::v4_only : eyeballs::IpMode::v6_only)) return kept;
        for (const auto& address : all) {
            const bool room = kept.size() < setup_.config.max_addresses;
            if (room && address.is_v6() == v6) kept.push_back(address);
        }
        eyeballs::sort_destinations(kept, {}, std::nullopt);
        return kept;
    }
    [[nodiscard]] Addresses addresses_of(const std::string& name) const {
        if (const auto literal = IpAddress::parse(name)) return {*literal};
        Addresses all;
        for (const auto type : {eyeballs::RecordType::aaaa, eyeballs::RecordType::a}) {
            const auto* known = told<Addresses>(type, name);
            if (known == nullptr) continue;
            const auto some = of_family(*known, type == eyeballs::RecordType::aaaa);
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }

    struct Tier {
        std::size_t number = kLastTier;
        std::size_t record = 0;
        std::vector<std::uint8_t> ech = {};
    };
    static void add(std::vector<Choice>& plan, const Addresses& addresses, std::uint16_t port,
                    const eyeballs::HttpVersions& versions, const Tier& tier) {
        for (const auto& address : addresses) {
            for (const auto protocol : eyeballs::protocols_for(versions)) {
                plan.push_back(
                    {{IpEndpoint{address, port}, protocol, tier.ech}, tier.number, tier.record});
            }
        }
    }
    [[nodiscard]] const std::vector<Choice>& plan(bool no_http2) const {
        auto& known = plans_[no_http2 ? 1 : 0];
        if (!known) known = plan_anew(no_http2);
        return *known;
    }
    [[nodiscard]] std::vector<Choice> plan_anew(bool no_http2) const {
        const auto& [config, origin] = setup_;
        const bool websocket = config.session == eyeballs::SessionKind::websocket;
        const auto useful = [&](eyeballs::HttpVersions versions) {
            if (versions.http1 && no_http2 && websocket) versions.http2 = false;
            return versions;
        };
        std::vector<Choice> plan;
        const auto known = records();
        std::size_t number = 0;
        for (const auto& record : known) {
            Addresses all = addresses_of(record.target);
            for (const bool v6 : {true, false}) {
                const auto hints = of_family(v6 ? record.ipv6_hints : record.ipv4_hints, v6);
                all.insert(all.end(), hints.begin(), hints.end());
            }
            add(plan, all, record.port.value_or(origin.port),
                useful(versions_of(record, config.http_versions)),
                {record.priority, ++number, record.ech});
        }
        if (!known.empty() && !known.front().ech.empty()) return plan;
        add_last_tier(plan, useful);
        return plan;
    }
    void add_last_tier(std::vector<Choice>& plan, const auto& useful) const {
        const auto& [config, origin] = setup_;
        const auto& enabled = config.http_versions;
        for (const auto& service : config.alt_services) {
            if (const auto literal = IpAddress::parse(service.host)) {
                const auto excluded =
                    literal->is_v6() ? eyeballs::IpMode::v4_only : eyeballs::IpMode::v6_only;
                if (config.ip == excluded) continue;
            }
            auto only = eyeballs::HttpVersions::only(service.version);
            only = {only.http1 && enabled.http1, only.http2 && enabled.http2,
                    only.http3 && enabled.http3};
            add(plan, addresses_of(service.host.empty() ? origin.host : service.host),
                service.port.value_or(origin.port), only, {});
        }
        auto versions = enabled;
        if ((enabled.http1 || enabled.http2) &&
            config.session != eyeballs::SessionKind::webtransport) {
            versions.http3 = false;
        }
        auto names = chain();
        names.front() = origin.host;
        for (; !names.empty(); names.pop_back()) {
            add(plan, addresses_of(names.back()), origin.port, useful(versions), {});
        }
    }

    using Question = std::pair<eyeballs::RecordType, std::string>;

    eyeballs::RaceSetup setup_;
    std::set<Question> asked_;
    std::map<Question, eyeballs::Answer> answers_;
    mutable std::array<std::optional<std::vector<Choice>>, 2> plans_;
};

}  // namespace tautline::test
