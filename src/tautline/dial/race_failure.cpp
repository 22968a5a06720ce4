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

Error timeout_error(const AttemptReport& report, const http::Uri& uri) {
    const bool session = report.phase != eyeballs::AttemptPhase::transport;
    return {.code = TransportError::handshake_timeout,
            .phase = session ? Phase::handshake : Phase::connect,
            .endpoint = uri.endpoint(),
            .message = session ? "the server took too long to answer the handshake"
                               : "no answer from the address. Is there a firewall in between?"};
}

Error unsupported_error(const http::Uri& uri) {
    return {
        .code = UsageError::unsupported,
        .phase = Phase::handshake,
        .endpoint = uri.endpoint(),
        .message = "the server cannot carry a WebSocket over the HTTP versions that are allowed"};
}

Error error_for(const AttemptReport& report, const http::Uri& uri) {
    if (report.end == AttemptEnd::timed_out) return timeout_error(report, uri);
    if (report.error.code) return report.error;
    return unsupported_error(uri);
}

// What the server itself said comes before what the way to it said; the rest by how far it came: a
// certificate that is not trusted says more than another address where nothing listens. SETTINGS
// that do not allow it say least.
int weight(const AttemptReport& report) {
    if (report.end == AttemptEnd::rejected) return 1000;
    if (report.end == AttemptEnd::cancelled) return -1;
    if (report.end == AttemptEnd::not_supported && !report.error.code) return -1;
    return 100 * static_cast<int>(report.phase) + static_cast<int>(report.error.phase);
}

}  // namespace

Error error_for(const eyeballs::Failed& failed, const http::Uri& uri) {
    if (failed.reason == FailureReason::no_protocol) return unsupported_error(uri);
    if (failed.attempts.empty()) return resolve_error(failed, uri);
    const auto best = std::ranges::max_element(failed.attempts, {}, weight);
    Error error = error_for(*best, uri);
    if (failed.attempts.size() == 1 || best->end == AttemptEnd::rejected) return error;
    error.message += " Tried: ";
    for (const auto& report : failed.attempts) {
        if (&report != &failed.attempts.front()) error.message += "; ";
        error.message += report.to_string();
    }
    return error;
}

}  // namespace tautline::dial
