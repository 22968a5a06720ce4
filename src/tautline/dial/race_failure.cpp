// SPDX-License-Identifier: MIT
#include <tautline/dial/race_failure.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace tautline::dial {

namespace {

using eyeballs::AttemptEnd;
using eyeballs::AttemptReport;
using eyeballs::FailureReason;

Error resolve_error(const eyeballs::Failed& failed, const http::Uri& uri) {
    std::string causes;
    for (const auto& query : failed.queries) {
        causes += causes.empty() ? " (" : ", ";
        causes += std::string(eyeballs::name_for(query.type)) + ": ";
        causes += query.error.message.empty() ? "no answer in time" : query.error.message;
    }
    if (!causes.empty()) causes += ")";
    return {.code = TransportError::resolve_failed,
            .phase = Phase::resolve,
            .endpoint = uri.host,
            .message = "cannot find an address for \"" + uri.host + "\"" + causes +
                       ". Check the name and the name server."};
}

Error unsupported_error(const http::Uri& uri) {
    return {
        .code = UsageError::unsupported,
        .phase = Phase::handshake,
        .endpoint = uri.endpoint(),
        .message = "the server cannot carry a WebSocket over the HTTP versions that are allowed"};
}

Error error_for(const AttemptReport& report, const http::Uri& uri) {
    return report.error.code ? report.error : unsupported_error(uri);
}

// What the server itself said comes before what the way to it said; the rest by how far it came: a
// certificate that is not trusted says more than another address where nothing listens. SETTINGS
// that do not allow it say least; when the time was up, what still ran says most.
int weight(const AttemptReport& report, FailureReason reason) {
    const int far = 100 * static_cast<int>(report.phase) + static_cast<int>(report.error.phase);
    switch (report.end) {
        case AttemptEnd::cancelled: return reason == FailureReason::abandoned ? 2000 + far : -1;
        case AttemptEnd::not_supported: return report.error.code ? far : -1;
        case AttemptEnd::rejected: return 1000;
        default: return far;
    }
}

// Addresses fail of the same cause more often than not: it is told once.
std::string told_behind(const Error& told, const AttemptReport& report) {
    if (report.error.message.empty() || report.error.message != told.message) {
        return report.to_string();
    }
    AttemptReport brief = report;
    brief.error.message = "the same";
    return brief.to_string();
}

std::string_view question_for(Phase phase) {
    switch (phase) {
        case Phase::connect: return "no answer from the address. Is there a firewall in between?";
        case Phase::proxy: return "no tunnel from the proxy. Does it run, and is it of this kind?";
        case Phase::tls: return "no answer to the TLS handshake. Does this port speak TLS?";
        default: return "no answer to the handshake. Is this a WebSocket server, or overloaded?";
    }
}

}  // namespace

Error timeout_error(Phase phase, std::string endpoint) {
    return {.code = TransportError::handshake_timeout,
            .phase = phase,
            .endpoint = std::move(endpoint),
            .message = std::string(question_for(phase))};
}

Error deadline_error(Error error) {
    error.code = TransportError::handshake_timeout;
    error.message.insert(0, "no open WebSocket within the handshake timeout: ");
    return error;
}

Error error_for(const eyeballs::Failed& failed, const http::Uri& uri) {
    Error error = cause_of(failed, uri);
    const bool late = failed.reason == FailureReason::abandoned;
    return late && error.code != HandshakeError::rejected ? deadline_error(std::move(error))
                                                          : error;
}

Error cause_of(const eyeballs::Failed& failed, const http::Uri& uri) {
    if (failed.reason == FailureReason::no_protocol) return unsupported_error(uri);
    if (failed.attempts.empty()) return resolve_error(failed, uri);
    const auto best = std::ranges::max_element(
        failed.attempts, {}, [&](const auto& report) { return weight(report, failed.reason); });
    Error error = error_for(*best, uri);
    if (best->end == AttemptEnd::rejected) return error;
    std::string tried;
    for (const auto& report : failed.attempts) {
        tried += (tried.empty() ? " Tried: " : "; ") + told_behind(error, report);
    }
    if (failed.attempts.size() > 1) error.message += tried;
    return error;
}

Error with_own_certificate(Error error) {
    if (error.code == TransportError::client_certificate_required) {
        error.message =
            "the server did not accept our certificate (--cert, "
            "TlsClientOptions::certificate_file). It must be of an authority that the server "
            "trusts, and not expired.";
    }
    return error;
}

std::optional<Error> wrong_version(const http::Uri& uri, const eyeballs::NetworkConfig& config) {
    const auto address = IpAddress::parse(uri.host);
    if (!address) return std::nullopt;
    const bool v6 = address->is_v6();
    const bool reachable =
        v6 ? config.ip != eyeballs::IpMode::v4_only
           : config.ip != eyeballs::IpMode::v6_only || config.nat64_prefix.has_value();
    if (reachable) return std::nullopt;
    return Error{.code = TransportError::resolve_failed,
                 .phase = Phase::resolve,
                 .endpoint = uri.host,
                 .message = v6 ? "this is an IPv6 address, and only IPv4 is allowed"
                               : "this is an IPv4 address, and only IPv6 is allowed"};
}

}  // namespace tautline::dial
