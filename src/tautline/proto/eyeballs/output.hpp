// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/strong_id.hpp>
#include <tautline/proto/eyeballs/endpoint.hpp>
#include <tautline/proto/eyeballs/options.hpp>

namespace tautline::eyeballs {

using QueryId = StrongId<struct QueryIdTag>;
using AttemptId = StrongId<struct AttemptIdTag>;

enum class RecordType : std::uint8_t { https, aaaa, a };

/// Ask the resolver. Answer with `Race::handle_answer`.
struct SendQuery {
    QueryId id;
    std::string name;  ///< For HTTPS with the port in front where RFC 9460 section 9.1 wants it.
    RecordType type;
    bool allow_stale;  ///< An expired answer will do; say so with it.
    /// A whole name, as records and alternative services tell them: no other may be meant by it.
    bool absolute = false;
};
/// Nobody waits for the answer any more.
struct CancelQuery {
    QueryId id;
};

enum class AttemptKind : std::uint8_t {
    planned,
    ech_retry,          ///< The same endpoint with the ECHConfigList that it handed out.
    http1_fallback,     ///< The same target: its HTTP/2 cannot carry the session.
    unprocessed_retry,  ///< The same endpoint: the connection took no request any more.
};

/// Connect: TCP or QUIC, proxy, TLS with `alpn_for(endpoint.protocol)`.
struct StartAttempt {
    AttemptId id;
    Endpoint endpoint;
    AttemptKind kind;
};
/// Ask for the session on this connection (Upgrade or extended CONNECT).
struct EstablishSession {
    AttemptId id;
    HttpVersion version;
    SessionKind session;
};
/// Close and forget this transport. Events of it that are under way do no harm.
struct CancelAttempt {
    AttemptId id;
};
/// HTTP/2 there cannot carry the session: set `Origin::http1_only` in races for this origin from
/// now on. Said once at most: when HTTP/1.1 is agreed on, or, where the request may have been at
/// fault (`SessionResult::unclear`), when HTTP/1.1 has carried it.
struct RememberHttp1Only {};

/// The race is won. Everything else has been cancelled before.
struct Succeeded {
    AttemptId id;
    HttpVersion version;
    Endpoint endpoint;
};

enum class AttemptPhase : std::uint8_t { transport, settings, session };

/// How an attempt ended that did not win.
enum class AttemptEnd : std::uint8_t {
    failed,         ///< The driver told why: see `AttemptReport::error`.
    timed_out,      ///< Its phase took too long.
    not_supported,  ///< The peer cannot carry the session over this version.
    rejected,       ///< The server understood, and said no.
    ech_retry,      ///< The peer handed out another ECH config.
    cancelled,      ///< It was still running when the race ended.
};

struct AttemptReport {
    AttemptId id;
    Endpoint endpoint;
    AttemptPhase phase;  ///< How far it came.
    AttemptEnd end;
    Error error;  ///< Of the driver; empty when the machine ended the attempt.

    /// "attempt 1 [2001:db8::1]:443 h3: transport failed: connection refused".
    [[nodiscard]] std::string to_string() const;
};

/// A query without an answer. A negative answer is one.
struct QueryReport {
    std::string name;
    RecordType type;
    Error error;  ///< Empty when it timed out.
};

enum class FailureReason : std::uint8_t {
    no_protocol,    ///< No HTTP version is left by the options.
    no_address,     ///< Nothing to connect to: the names have no addresses, or did not resolve.
    connection,     ///< Attempts failed, and not all of them for want of support.
    not_supported,  ///< All peers that were reached cannot carry the session.
    rejected,       ///< A server said no, and no other said yes.
    abandoned,      ///< `Race::abandon`.
};

struct Failed {
    FailureReason reason;
    std::vector<AttemptReport> attempts;  ///< Every attempt, in the order of their starts.
    std::vector<QueryReport> queries;     ///< Those that failed.
};

/// What the driver has to do. The last two are said once, and nothing after them.
using Output = std::variant<SendQuery, CancelQuery, StartAttempt, EstablishSession, CancelAttempt,
                            RememberHttp1Only, Succeeded, Failed>;

[[nodiscard]] std::string_view name_for(RecordType type);
[[nodiscard]] std::string_view name_for(AttemptKind kind);
[[nodiscard]] std::string_view name_for(SessionKind session);
[[nodiscard]] std::string_view name_for(AttemptPhase phase);
[[nodiscard]] std::string_view name_for(AttemptEnd end);
[[nodiscard]] std::string_view name_for(FailureReason reason);

/// An output in a line, for traces and logs: "attempt 1 [2001:db8::1]:443 h3".
[[nodiscard]] std::string to_string(const Output& output);

}  // namespace tautline::eyeballs
