// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/endpoint_order.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <tautline/proto/eyeballs/nat64.hpp>
#include <tautline/proto/eyeballs/service_order.hpp>

namespace tautline::eyeballs {

namespace {

constexpr std::size_t kProtocols = 4;
constexpr std::size_t kFamilies = 2;

class Planner {
public:
    Planner(const RaceSetup& setup, const Resolved& known, std::span<const Route> routes,
            bool http1_only)
        : config_(setup.config),
          origin_(setup.origin),
          known_(known),
          routes_(routes),
          http1_only_(http1_only && config_.session == SessionKind::websocket) {}

    std::vector<Endpoint> plan() {
        for (const dns::ServiceRecord& record : known_.records) add_record(record);
        if (known_.records.empty() || known_.records.front().ech.empty()) add_last_tier();
        return std::move(plan_);
    }

private:
    using Tier = std::vector<Endpoint>;

    void add_record(const dns::ServiceRecord& record) {
        const auto versions = without_useless_http2(versions_of(record, config_.http_versions));
        const std::uint16_t port = record.port.value_or(origin_.port);
        Tier tier;
        for (const Target& target : targets_of(record, port)) {
            for (const Protocol protocol : protocols_for(versions)) {
                tier.push_back({target, protocol, record.ech});
            }
        }
        deal(tier);
    }

    void add_last_tier() {
        Tier tier;
        for (const AltService& service : config_.alt_services) add_alt_service(tier, service);
        const auto protocols = protocols_for(without_useless_http2(origin_versions()));
        std::vector<std::string> names = known_.aliases;
        names.push_back(origin_.host);
        for (const std::string& name : names) {
            for (const Target& target : targets_of(name, origin_.port)) {
                for (const Protocol protocol : protocols) tier.push_back({target, protocol, {}});
            }
        }
        deal(tier);
    }

    void add_alt_service(Tier& tier, const AltService& service) const {
        const HttpVersions wanted = HttpVersions::only(service.version);
        const HttpVersions& enabled = config_.http_versions;
        const HttpVersions usable{.http1 = wanted.http1 && enabled.http1,
                                  .http2 = wanted.http2 && enabled.http2,
                                  .http3 = wanted.http3 && enabled.http3};
        if (wrong_family(service.host)) return;
        const std::string& host = service.host.empty() ? origin_.host : service.host;
        for (const Target& target : targets_of(host, service.port.value_or(origin_.port))) {
            for (const Protocol protocol : protocols_for(usable)) {
                tier.push_back({target, protocol, {}});
            }
        }
    }

    // That of the origin is asked for by a person, who hears of it, or goes through a proxy.
    [[nodiscard]] bool wrong_family(const std::string& alternative) const {
        const auto literal = IpAddress::parse(alternative);
        if (!literal) return false;
        if (literal->is_v6()) return config_.ip == IpMode::v4_only;
        return config_.ip == IpMode::v6_only && !config_.nat64_prefix;
    }

    // Nothing announced HTTP/3 here. It is tried all the same when there is little or nothing else:
    // WebTransport means HTTP/3 first of all.
    [[nodiscard]] HttpVersions origin_versions() const {
        HttpVersions versions = config_.http_versions;
        const bool others = versions.http1 || versions.http2;
        if (others && config_.session != SessionKind::webtransport) versions.http3 = false;
        return versions;
    }

    [[nodiscard]] HttpVersions without_useless_http2(HttpVersions versions) const {
        if (http1_only_ && versions.http1) versions.http2 = false;
        return versions;
    }

    [[nodiscard]] std::vector<Target> targets_of(const dns::ServiceRecord& record,
                                                 std::uint16_t port) const {
        std::vector<Target> targets = targets_of(record.target, port);
        if (config_.resolution != Resolution::by_address) return targets;
        for (const IpAddress& hint : hints_of(record)) {
            const Target target = IpEndpoint{hint, port};
            if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
        }
        return targets;
    }

    [[nodiscard]] std::vector<IpAddress> hints_of(const dns::ServiceRecord& record) const {
        std::vector<IpAddress> hints;
        if (config_.ip != IpMode::v4_only) hints = record.ipv6_hints;
        if (config_.nat64_prefix) {
            for (const IpAddress& hint : record.ipv4_hints) {
                hints.push_back(synthesised(hint, *config_.nat64_prefix));
            }
        } else if (config_.ip != IpMode::v6_only) {
            hints.insert(hints.end(), record.ipv4_hints.begin(), record.ipv4_hints.end());
        }
        return sorted(std::move(hints));
    }

    [[nodiscard]] std::vector<Target> targets_of(const std::string& name,
                                                 std::uint16_t port) const {
        if (const auto literal = IpAddress::parse(name)) return targets_of(*literal, port);
        if (config_.resolution != Resolution::by_address) return {NamedEndpoint{name, port}};
        std::vector<Target> targets;
        const auto found = std::ranges::find(known_.names, name, &ResolvedName::name);
        if (found == known_.names.end()) return targets;
        for (const IpAddress& address : sorted(found->addresses)) {
            targets.emplace_back(IpEndpoint{address, port});
        }
        return targets;
    }

    [[nodiscard]] std::vector<Target> targets_of(IpAddress literal, std::uint16_t port) const {
        if (config_.nat64_prefix && !literal.is_v6()) {
            literal = synthesised(literal, *config_.nat64_prefix);
        }
        return {IpEndpoint{literal, port}};
    }

    [[nodiscard]] std::vector<IpAddress> sorted(std::vector<IpAddress> addresses) const {
        sort_destinations(addresses, routes_, config_.nat64_prefix);
        return addresses;
    }

    [[nodiscard]] bool unreachable(const Endpoint& endpoint) const {
        const auto* target = std::get_if<IpEndpoint>(&endpoint.target);
        return target != nullptr && known_unreachable(target->address, routes_);
    }

    // Behind a NAT64 it is IPv4 that is spoken at the other end.
    [[nodiscard]] bool is_v6(const IpAddress& address) const {
        return address.is_v6() && !embedded_v4(address, config_.nat64_prefix).has_value();
    }

    // The draft, "Sorting Addresses": the family of the first address of the sorted list begins.
    [[nodiscard]] bool v6_begins(const Tier& tier) const {
        if (config_.ip != IpMode::dual_stack) {
            return config_.ip == IpMode::prefer_v6 || config_.ip == IpMode::v6_only;
        }
        std::vector<IpAddress> all;
        for (const Endpoint& endpoint : tier) {
            const auto* target = std::get_if<IpEndpoint>(&endpoint.target);
            if (target != nullptr) all.push_back(target->address);
        }
        return all.empty() || is_v6(sorted(std::move(all)).front());
    }

    [[nodiscard]] std::size_t turn_of(const Endpoint& endpoint, bool v6_first) const {
        const auto* target = std::get_if<IpEndpoint>(&endpoint.target);
        const bool second = target != nullptr && is_v6(target->address) != v6_first;
        return static_cast<std::size_t>(endpoint.protocol) * kFamilies + (second ? 1 : 0);
    }

    void deal(const Tier& tier) {
        Tier reachable;
        Tier others;
        for (const Endpoint& endpoint : tier) {
            (unreachable(endpoint) ? others : reachable).push_back(endpoint);
        }
        deal_in_turn(reachable);
        deal_in_turn(others);
    }

    void deal_in_turn(const Tier& tier) {
        std::array<std::vector<Endpoint>, kProtocols * kFamilies> queues;
        const bool v6_first = v6_begins(tier);
        for (const Endpoint& endpoint : tier) {
            queues[turn_of(endpoint, v6_first)].push_back(endpoint);
        }
        std::array<std::size_t, kProtocols * kFamilies> dealt{};
        for (std::size_t round = 0; round < tier.size(); ++round) {
            for (std::size_t i = 0; i < queues.size(); ++i) {
                const std::size_t most = std::min(queues[i].size(), dealt[i] + turns(round, i));
                while (dealt[i] < most) add(std::move(queues[i][dealt[i]++]));
            }
        }
    }

    // In the first round the family that begins may have two turns.
    [[nodiscard]] std::size_t turns(std::size_t round, std::size_t queue) const {
        const bool begins = queue % kFamilies == 0;
        return round == 0 && begins ? config_.preferred_family_count : 1;
    }

    void add(Endpoint endpoint) {
        const bool pointless = std::ranges::any_of(
            plan_, [&](const Endpoint& earlier) { return covers(earlier, endpoint); });
        if (!pointless) plan_.push_back(std::move(endpoint));
    }

    const NetworkConfig& config_;
    const Origin& origin_;
    const Resolved& known_;
    std::span<const Route> routes_;
    bool http1_only_;
    std::vector<Endpoint> plan_;
};

}  // namespace

std::vector<Endpoint> order_endpoints(const RaceSetup& setup, const Resolved& known,
                                      std::span<const Route> routes, bool http1_only) {
    return Planner(setup, known, routes, http1_only).plan();
}

}  // namespace tautline::eyeballs
