// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/options.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/ascii.hpp>

namespace tautline::eyeballs {

namespace {

constexpr std::size_t kMostOfAnything = 1024;

void bound_times(NetworkConfig& config) {
    config.resolution_delay = std::clamp(config.resolution_delay, Duration(0), kMaxAttemptDelay);
    config.attempt_delay = std::clamp(config.attempt_delay, kMinAttemptDelay, kMaxAttemptDelay);
    config.attempt_delay_multiplier = std::max(config.attempt_delay_multiplier, 1U);
    for (Duration* timeout : {&config.query_timeout, &config.transport_timeout,
                              &config.settings_timeout, &config.session_timeout}) {
        *timeout = std::clamp<Duration>(*timeout, kMinAttemptDelay, std::chrono::hours(1));
    }
}

void bound_counts(NetworkConfig& config) {
    config.preferred_family_count = std::clamp(config.preferred_family_count, 1U, 2U);
    for (std::size_t* count :
         {&config.max_targets, &config.max_records, &config.max_addresses, &config.max_attempts}) {
        *count = std::clamp<std::size_t>(*count, 1, kMostOfAnything);
    }
    config.max_alias_hops = std::min(config.max_alias_hops, kMostOfAnything);
    config.max_routes = std::min(config.max_routes, kMostOfAnything);
}

void drop_impossible_versions(RaceSetup& setup) {
    HttpVersions& versions = setup.config.http_versions;
    // Extended CONNECT needs TLS with ALPN: a peer in the clear is taken for HTTP/1.1.
    if (!setup.origin.secure) versions.http2 = versions.http3 = false;
    // WebTransport has no form over HTTP/1.1.
    if (setup.config.session == SessionKind::webtransport) versions.http1 = false;
}

}  // namespace

HttpVersions HttpVersions::only(HttpVersion version) {
    return {.http1 = version == HttpVersion::http1,
            .http2 = version == HttpVersion::http2,
            .http3 = version == HttpVersion::http3};
}

RaceSetup bounded(RaceSetup setup) {
    bound_times(setup.config);
    bound_counts(setup.config);
    drop_impossible_versions(setup);
    setup.origin.absolute |= setup.origin.host.ends_with('.');
    setup.origin.host = normal_name(without_brackets(setup.origin.host));
    for (AltService& service : setup.config.alt_services) {
        service.host = normal_name(without_brackets(service.host));
    }
    return setup;
}

std::string normal_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower(name);
}

}  // namespace tautline::eyeballs
