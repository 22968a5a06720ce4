// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/output.hpp>

#include <utility>

namespace tautline::eyeballs {

namespace {

template <typename... Parts>
std::string joined(const Parts&... parts) {
    std::string text;
    (text.append(parts), ...);
    return text;
}

template <typename Id>
std::string number(Id id) {
    return std::to_string(id.value());
}

std::string text_of(const SendQuery& query) {
    return joined("query ", number(query.id), " ", name_for(query.type), " ", query.name,
                  query.allow_stale ? " (stale)" : "");
}

std::string text_of(const CancelQuery& query) { return joined("cancel query ", number(query.id)); }

std::string text_of(const StartAttempt& start) {
    const std::string text = joined("attempt ", number(start.id), " ", start.endpoint.to_string());
    return start.kind == AttemptKind::planned ? text
                                              : joined(text, " (", name_for(start.kind), ")");
}

std::string text_of(const EstablishSession& establish) {
    return joined("establish ", number(establish.id), " ", name_for(establish.session), " over ",
                  name_for(establish.version));
}

std::string text_of(const CancelAttempt& cancel) { return joined("cancel ", number(cancel.id)); }
std::string text_of(const RememberHttp1Only&) { return "remember h1 only"; }

std::string text_of(const Succeeded& success) {
    return joined("succeeded ", number(success.id), " ", name_for(success.version));
}

std::string text_of(const Failed& failed) { return joined("failed: ", name_for(failed.reason)); }

}  // namespace

std::string AttemptReport::to_string() const {
    const std::string text = joined("attempt ", number(id), " ", endpoint.to_string(), ": ",
                                    name_for(phase), " ", name_for(end));
    return error.message.empty() ? text : joined(text, ": ", error.message);
}

std::string_view name_for(RecordType type) {
    switch (type) {
        case RecordType::https: return "HTTPS";
        case RecordType::aaaa: return "AAAA";
        case RecordType::a: return "A";
    }
    std::unreachable();
}

std::string_view name_for(AttemptKind kind) {
    switch (kind) {
        case AttemptKind::planned: return "planned";
        case AttemptKind::ech_retry: return "ech retry";
        case AttemptKind::http1_fallback: return "h1 fallback";
        case AttemptKind::unprocessed_retry: return "retry";
    }
    std::unreachable();
}

std::string_view name_for(SessionKind session) {
    switch (session) {
        case SessionKind::none: return "none";
        case SessionKind::websocket: return "websocket";
        case SessionKind::webtransport: return "webtransport";
    }
    std::unreachable();
}

std::string_view name_for(AttemptPhase phase) {
    switch (phase) {
        case AttemptPhase::transport: return "transport";
        case AttemptPhase::settings: return "settings";
        case AttemptPhase::session: return "session";
    }
    std::unreachable();
}

std::string_view name_for(AttemptEnd end) {
    switch (end) {
        case AttemptEnd::failed: return "failed";
        case AttemptEnd::timed_out: return "timed out";
        case AttemptEnd::not_supported: return "not supported";
        case AttemptEnd::rejected: return "rejected";
        case AttemptEnd::ech_retry: return "ech retry";
        case AttemptEnd::cancelled: return "cancelled";
    }
    std::unreachable();
}

std::string_view name_for(FailureReason reason) {
    switch (reason) {
        case FailureReason::no_protocol: return "no protocol";
        case FailureReason::no_address: return "no address";
        case FailureReason::connection: return "connection";
        case FailureReason::not_supported: return "not supported";
        case FailureReason::rejected: return "rejected";
        case FailureReason::abandoned: return "abandoned";
    }
    std::unreachable();
}

std::string to_string(const Output& output) {
    return std::visit([](const auto& value) { return text_of(value); }, output);
}

}  // namespace tautline::eyeballs
