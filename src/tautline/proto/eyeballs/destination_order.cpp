// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/destination_order.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tautline/proto/eyeballs/nat64.hpp>
#include <tautline/proto/eyeballs/stable_sort.hpp>

namespace tautline::eyeballs {

namespace {

using Bytes16 = IpAddress::V6;

struct Policy {
    Bytes16 prefix;
    unsigned bits;
    int precedence;
    int label;
};

// RFC 6724 section 2.1, the longest prefix first.
constexpr std::array<Policy, 9> kPolicies{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{}, 96, 1, 3},
    {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{}, 0, 40, 1},
}};

unsigned common_prefix(const Bytes16& one, const Bytes16& other) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        const auto difference = static_cast<std::uint8_t>(one[i] ^ other[i]);
        bits += static_cast<unsigned>(std::countl_zero(difference));
        if (difference != 0) break;
    }
    return bits;
}

const Policy& policy_for(const IpAddress& address) {
    return *std::ranges::find_if(kPolicies, [&](const Policy& policy) {
        return common_prefix(address.mapped(), policy.prefix) >= policy.bits;
    });
}

constexpr int kLinkLocal = 2;
constexpr int kSiteLocal = 5;
constexpr int kGlobal = 14;

// RFC 6724 section 3.2: loopback and 169.254/16 of IPv4 are link-local, all else is global.
int scope_of_v4(const IpAddress::V4& bytes) {
    return bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ? kLinkLocal : kGlobal;
}

int scope_of(const IpAddress& address) {
    if (!address.is_v6()) return scope_of_v4(address.v4());
    const Bytes16& bytes = address.mapped();
    if (bytes[0] == 0xff) return bytes[1] & 0x0f;
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return kLinkLocal;
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0) return kSiteLocal;
    return policy_for(address).precedence == 50 ? kLinkLocal : kGlobal;
}

const Route* route_to(const IpAddress& address, std::span<const Route> routes) {
    const auto found = std::ranges::find(routes, address, &Route::address);
    return found == routes.end() ? nullptr : &*found;
}

// RFC 6724 section 6, a member for each rule in its order; smaller is better. As every rule is a
// number of the address alone, the order is total whatever is unknown.
struct Key {
    bool unreachable = false;    // Rule 1
    bool scope_differs = false;  // Rule 2
    bool deprecated = false;     // Rule 3
    bool label_differs = false;  // Rule 5
    int precedence = 0;          // Rule 6, negated
    bool encapsulated = false;   // Rule 7
    int scope = 0;               // Rule 8
    Duration round_trip = Duration::max();
    bool never_used = true;
    int common_prefix = 0;  // Rule 9, negated

    friend auto operator<=>(const Key&, const Key&) = default;
};

void apply_source(Key& key, const IpAddress& address, const IpAddress& source) {
    key.scope_differs = scope_of(source) != scope_of(address);
    key.label_differs = policy_for(source).label != policy_for(address).label;
    // Rule 9 means IPv6: subnets of IPv4 say nothing of nearness, and an IPv6 prefix ends at 64.
    if (address.is_v6() && source.is_v6()) {
        const unsigned bits = common_prefix(address.mapped(), source.mapped());
        key.common_prefix = -static_cast<int>(std::min(bits, 64U));
    }
}

Key key_for(const IpAddress& address, std::span<const Route> routes,
            const std::optional<IpAddress>& nat64_prefix) {
    const IpAddress seen = embedded_v4(address, nat64_prefix).value_or(address);
    Key key{.precedence = -policy_for(seen).precedence, .scope = scope_of(seen)};
    const Route* route = route_to(address, routes);
    if (route == nullptr) return key;
    key.unreachable = !route->reachable;
    key.deprecated = route->source_deprecated;
    key.encapsulated = route->encapsulated;
    key.round_trip = route->round_trip.value_or(Duration::max());
    key.never_used = !route->used_before;
    // The source of a synthesised address is IPv6: its label cannot match that of IPv4.
    if (route->source && seen == address) apply_source(key, address, *route->source);
    return key;
}

}  // namespace

void sort_destinations(std::vector<IpAddress>& addresses, std::span<const Route> routes,
                       const std::optional<IpAddress>& nat64_prefix) {
    sort_stably(addresses,
                [&](const IpAddress& address) { return key_for(address, routes, nat64_prefix); });
}

bool known_unreachable(const IpAddress& address, std::span<const Route> routes) {
    const Route* route = route_to(address, routes);
    return route != nullptr && !route->reachable;
}

}  // namespace tautline::eyeballs
