// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/base/time.hpp>

namespace tautline::eyeballs {

enum class HttpVersion : std::uint8_t { http1, http2, http3 };

/// What the race is for. `none`: a connection alone, which has won as soon as it is secured.
enum class SessionKind : std::uint8_t { none, websocket, webtransport };

/// Which families are used, and which begins where both do.
enum class IpMode : std::uint8_t {
    dual_stack,  ///< RFC 6724 decides which begins. AAAA is waited for.
    prefer_v6,   ///< IPv6, whatever RFC 6724 says; it sorts the addresses of a family.
    prefer_v4,   ///< IPv4 likewise, and A is waited for.
    v6_only,
    v4_only,
};

/// Who resolves the names: we do, or whoever connects for us (a proxy).
enum class Resolution : std::uint8_t {
    by_address,          ///< HTTPS, AAAA and A queries; attempts go to addresses.
    by_name,             ///< No query at all; attempts go to names.
    by_name_with_https,  ///< Only HTTPS queries, for ALPN, port, target and ECH.
};

/// What a refusal of the server (a status that is not success) means for the race.
enum class AfterRejection : std::uint8_t {
    fail,      ///< The origin has answered: the race is over.
    try_next,  ///< Another address may answer otherwise.
};

struct HttpVersions {
    bool http1 = true;
    bool http2 = true;
    bool http3 = true;

    [[nodiscard]] static HttpVersions only(HttpVersion version);
    [[nodiscard]] bool any() const { return http1 || http2 || http3; }
    friend bool operator==(const HttpVersions&, const HttpVersions&) = default;
};

/// An alternative service (RFC 7838) that the origin announced earlier.
struct AltService {
    HttpVersion version = HttpVersion::http2;
    std::string host;                                  ///< Empty: that of the origin.
    std::optional<std::uint16_t> port = std::nullopt;  ///< std::nullopt: that of the origin.
};

/// The draft of Happy Eyeballs v3 forbids less than the first, and recommends the second at least
/// and the third at most. Delays are clamped to the first and the third.
inline constexpr Duration kMinAttemptDelay = std::chrono::milliseconds(10);
inline constexpr Duration kRecommendedMinAttemptDelay = std::chrono::milliseconds(100);
inline constexpr Duration kMaxAttemptDelay = std::chrono::seconds(2);

/// Every knob of a race. Delays and counts out of bounds are moved to the nearest bound.
struct NetworkConfig {
    HttpVersions http_versions = {};
    SessionKind session = SessionKind::none;
    IpMode ip = IpMode::dual_stack;
    Resolution resolution = Resolution::by_address;
    AfterRejection after_rejection = AfterRejection::fail;
    std::vector<AltService> alt_services = {};

    /// How long after the first answer to wait for better ones. At most 2 s.
    Duration resolution_delay = std::chrono::milliseconds(50);
    /// Head start of an attempt over the next. From 10 ms to 2 s; 100 ms or more is recommended.
    Duration attempt_delay = std::chrono::milliseconds(250);
    /// Multiplies the delay once for each further attempt that is running. At least 1.
    std::uint32_t attempt_delay_multiplier = 1;
    /// How many addresses of the family that begins come before the first of the other: 1 or 2.
    std::uint32_t preferred_family_count = 1;
    /// Off: start with an address of the other family as soon as there is one.
    bool wait_for_preferred_family = true;

    /// Totals for a query, for TCP or QUIC with proxy and TLS, for the peer's SETTINGS, and for its
    /// answer to the request of a session. At least 10 ms; best less than the driver gives to all
    /// together, so that there is time for another way.
    Duration query_timeout = std::chrono::seconds(5);
    Duration transport_timeout = std::chrono::seconds(7);
    Duration settings_timeout = std::chrono::seconds(5);
    Duration session_timeout = std::chrono::seconds(7);

    /// Off: no HTTPS query, for networks where those are dropped.
    bool query_https = true;
    /// Off: ECH is neither passed through nor relied on. For drivers whose TLS cannot do it.
    bool ech = true;
    /// Answers come over a protected channel: ECH is relied on, so that nothing starts before the
    /// HTTPS answer, and a failed HTTPS query ends the race.
    bool dns_protected = false;
    /// First queries may be answered from an expired cache; such answers are refreshed once.
    bool allow_stale = false;
    /// The first 96 bits that this network puts before IPv4 addresses (RFC 6052), when it has no
    /// IPv4 of its own.
    std::optional<IpAddress> nat64_prefix = std::nullopt;

    /// Names whose addresses are asked for, the origin and alternative services included.
    std::size_t max_targets = 8;
    std::size_t max_records = 8;     ///< Of an HTTPS answer; those behind are dropped.
    std::size_t max_addresses = 16;  ///< Of an answer, of the hints of a record, each family.
    std::size_t max_alias_hops = 8;  ///< HTTPS records in AliasMode that are followed.
    std::size_t max_attempts = 32;   ///< Attempts of the whole race.
    std::size_t max_routes = 256;    ///< Addresses whose route is remembered.
};

/// Where to connect to.
struct Origin {
    std::string host;  ///< A name, or an IP literal with or without brackets. Not empty.
    std::uint16_t port = 443;
    bool secure = true;  ///< TLS. Without it there is HTTP/1.1 only, and no HTTPS query.
    /// HTTP/2 there cannot carry WebSockets (see `RememberHttp1Only`): TCP offers "http/1.1" only.
    bool http1_only = false;
    /// `host` is a whole name, which is searched in no domain. A final dot says so, too.
    bool absolute = false;
};

/// What a race is told at its start.
struct RaceSetup {
    NetworkConfig config;
    Origin origin;
};

/// Brings delays and counts into their bounds, the host into lower case without brackets and final
/// dot, and drops versions that the session or the lack of TLS makes impossible.
[[nodiscard]] RaceSetup bounded(RaceSetup setup);

/// Lower case, without a final dot: names are compared in this form.
[[nodiscard]] std::string normal_name(std::string_view name);

}  // namespace tautline::eyeballs
