// SPDX-License-Identifier: MIT
#include <tautline/dial/race_failure.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <tautline/proto/h2/error_code.hpp>

namespace tautline::dial {

namespace {

using eyeballs::AttemptEnd;
using eyeballs::AttemptReport;
using eyeballs::FailureReason;

constexpr std::string_view kTried = " Tried: ";

bool timed_out(const eyeballs::QueryReport& query) { return query.error.message.empty(); }

// "AAAA" of the host, "AAAA of svc.example.org" of where a record leads.
std::string name_of(const eyeballs::QueryReport& query, const http::Uri& uri) {
    const std::string type(eyeballs::name_for(query.type));
    std::string_view host = uri.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    const bool with_port = query.name.ends_with("._https." + std::string(host));
    const bool of_host = query.name.empty() || query.name == host || with_port;
    return of_host ? type : type + " of " + query.name;
}

// The questions that nobody answered; empty: all were.
std::string unanswered(const eyeballs::Failed& failed, const http::Uri& uri) {
    std::string types;
    for (const auto& query : failed.queries) {
        if (timed_out(query)) types += (types.empty() ? "" : ", ") + name_of(query, uri);
    }
    return types;
}

std::string causes_of(const eyeballs::Failed& failed, const http::Uri& uri) {
    std::string causes;
    for (const auto& query : failed.queries) {
        causes += causes.empty() ? " (" : ", ";
        causes += name_of(query, uri) + ": ";
        causes += timed_out(query) ? "no answer in time" : query.error.message;
    }
    return causes.empty() ? causes : causes + ")";
}

// A name about which nobody said a word is not to blame.
std::string resolve_message(const eyeballs::Failed& failed, const http::Uri& uri) {
    const std::string host = "\"" + uri.host + "\"";
    const bool silent = !failed.queries.empty() && std::ranges::all_of(failed.queries, timed_out);
    if (silent) {
        return "no name server answered in time for " + host + " (" + unanswered(failed, uri) +
               "). Does it run, and can it be reached? (--dns-servers, CaresOptions::servers)";
    }
    return "cannot find an address for " + host + causes_of(failed, uri) +
           ". Check the name and the name server.";
}

Error resolve_error(const eyeballs::Failed& failed, const http::Uri& uri) {
    return {.code = TransportError::resolve_failed,
            .phase = Phase::resolve,
            .endpoint = uri.host,
            .message = resolve_message(failed, uri)};
}

constexpr std::string_view kAllowHttp1 =
    " Allow HTTP/1.1 (--http auto, NetworkConfig::http_versions).";

// `sentence` begins with a blank.
void add_sentence(std::string& message, std::string_view sentence) {
    if (!message.ends_with('.') && !message.ends_with('?')) message += '.';
    message += sentence;
}

Error unsupported_error(std::string endpoint, std::string_view what) {
    Error error{.code = UsageError::unsupported,
                .phase = Phase::handshake,
                .endpoint = std::move(endpoint),
                .message = std::string(what)};
    add_sentence(error.message, kAllowHttp1);
    return error;
}

Error error_for(const AttemptReport& report) {
    if (report.error.code) return report.error;
    const bool agreed = report.phase != eyeballs::AttemptPhase::transport;
    return unsupported_error(
        eyeballs::to_string(report.endpoint.target),
        agreed ? "the server takes no WebSockets over HTTP/2" : "the server does not speak HTTP/2");
}

bool tried_again(const eyeballs::Failed& failed, const AttemptReport& report) {
    return std::ranges::any_of(failed.attempts, [&report](const AttemptReport& other) {
        return other.id > report.id && other.endpoint.target == report.endpoint.target;
    });
}

// RFC 9113 section 7: a server that says so is asked again over HTTP/1.1 where that is allowed.
bool misses_http1(const eyeballs::Failed& failed, const AttemptReport& report) {
    return report.error.code == make_error_code(h2::ErrorCode::http_1_1_required) &&
           failed.reason == FailureReason::not_supported && !tried_again(failed, report);
}

// What the server itself said comes before what the way to it said; the rest by how far it came: a
// certificate that is not trusted says more than another address where nothing listens. That
// HTTP/2 does not do says least where HTTP/1.1 was tried then, and else that TLS was spoken; when
// the time was up, what still ran says most.
int weight(const eyeballs::Failed& failed, const AttemptReport& report) {
    const auto far = [&report](Phase phase) {
        return 100 * static_cast<int>(report.phase) + static_cast<int>(phase);
    };
    switch (report.end) {
        case AttemptEnd::cancelled:
            return failed.reason == FailureReason::abandoned ? 2000 + far(report.error.phase) : -1;
        case AttemptEnd::not_supported:
            if (report.error.code) return far(report.error.phase);
            return tried_again(failed, report) ? -1 : far(Phase::handshake);
        case AttemptEnd::rejected: return 1000;
        default: return far(report.error.phase);
    }
}

// Addresses fail of the same cause more often than not: it is told once, at the head of the
// sentence or in the first of the attempts that stand one behind the other.
std::string told_behind(const Error& told, std::string_view above, const AttemptReport& report) {
    const std::string& message = report.error.message;
    if (message.empty() || (message != told.message && message != above)) return report.to_string();
    AttemptReport brief = report;
    brief.error.message = message == told.message ? "as said first" : "as above";
    return brief.to_string();
}

// What became of the others, and of the questions.
std::string told_beside(const Error& told, const eyeballs::Failed& failed, const http::Uri& uri) {
    std::string text;
    std::string_view above;
    for (const auto& report : failed.attempts) {
        if (failed.attempts.size() == 1) break;
        text.append(text.empty() ? kTried : "; ").append(told_behind(told, above, report));
        above = report.error.message;
    }
    const std::string silent = unanswered(failed, uri);
    if (silent.empty() || told.refusal) return text;  // a server was found, and said no
    if (!text.empty() && !text.ends_with('.')) text += '.';
    return text + " No name server answered for " + silent + " in time.";
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

Error settings_timeout(std::string endpoint) {
    Error error = timeout_error(Phase::handshake, std::move(endpoint));
    error.message =
        "no SETTINGS from the HTTP/2 server. HTTP/1.1 goes around it (--http 1.1, "
        "NetworkConfig::http_versions).";
    return error;
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
    if (failed.reason == FailureReason::no_protocol) {
        return unsupported_error(uri.endpoint(), "no HTTP version is left that could be used");
    }
    if (failed.attempts.empty()) return resolve_error(failed, uri);
    const auto best = std::ranges::max_element(
        failed.attempts, {}, [&failed](const auto& report) { return weight(failed, report); });
    Error error = error_for(*best);
    const std::string rest = told_beside(error, failed, uri);
    if (misses_http1(failed, *best)) add_sentence(error.message, kAllowHttp1);
    if (!rest.empty()) add_sentence(error.message, rest);
    return error;
}

void add_words(Error& error, std::string_view words) {
    const auto list = error.message.find("." + std::string(kTried));
    error.message.insert(std::min(list, error.message.size()), words);
}

Error with_own_certificate(Error error) {
    // A proxy is shown another one.
    const bool by_server = error.phase != Phase::proxy;
    if (error.code == TransportError::client_certificate_required && by_server) {
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
