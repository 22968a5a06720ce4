// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tautline/base/ascii.hpp>

#include "escape.hpp"
#include "explain.hpp"
#include "standing.hpp"
#include "story.hpp"

namespace tautline::taut {

namespace {

using Tell = Story::Tell;

bool is_secret(std::string_view name) {
    static constexpr std::array<std::string_view, 4> kSecrets = {
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"};
    return std::ranges::any_of(
        kSecrets, [name](std::string_view secret) { return equal_ignoring_case(name, secret); });
}

std::string shown_value(std::string_view name, std::string_view value) {
    if (is_secret(name)) return "[left out]";
    const bool is_url = equal_ignoring_case(name, "Location");
    return escape_for_terminal(is_url ? without_query(value) : value);
}

void tell_fields(const Tell& tell, char mark, const http::FieldList& fields) {
    for (const auto& [name, value] : fields) {
        tell(fmt::format("{} {}: {}", mark, escape_for_terminal(name), shown_value(name, value)));
    }
    tell(std::string(1, mark));
}

std::string question_of(const eyeballs::SendQuery& query) {
    return fmt::format("{} of {}", eyeballs::name_for(query.type), escape_for_terminal(query.name));
}

std::string version_of(const auto& head) {
    return head.version_major == 1 ? fmt::format("HTTP/1.{}", head.version_minor)
                                   : fmt::format("HTTP/{}", head.version_major);
}

struct Teller {
    const Tell& tell;
    Story::Attempts& attempts;
    Story::Questions& questions;

    [[nodiscard]] bool many() const { return attempts.size() > 1; }
    // Whose line it is, where that is not clear.
    [[nodiscard]] std::string mark(eyeballs::AttemptId id) const {
        return many() && attempts.contains(id.value()) ? fmt::format("[{}] ", id.value()) : "";
    }
    void wait(eyeballs::AttemptId id, std::string_view what) const {
        if (const auto found = attempts.find(id.value()); found != attempts.end()) {
            found->second = what;
        }
    }
    // RFC 8441 section 4: a CONNECT with a :protocol. `Host` travels as :authority, RFC 9113
    // section 8.3.1.
    void tell_extended(const http::RequestHead& request) const {
        const auto authority = request.fields.find("Host").value_or("");
        tell(fmt::format("> :method: {}", request.method));
        tell("> :protocol: websocket");
        tell("> :scheme: https");
        tell(fmt::format("> :authority: {}", escape_for_terminal(authority)));
        tell(fmt::format("> :path: {}", escape_for_terminal(without_query(request.target))));
        auto fields = request.fields;
        fields.remove("Host");
        tell_fields(tell, '>', fields);
    }
    void operator()(const observe::CallStarted&) const {}
    void operator()(const observe::QueryAnswered& event) const {
        questions.erase(event.query.id.value());
        tell(fmt::format("* {}: {}", question_of(event.query), explain(event.answer)));
    }
    void operator()(const observe::RaceStep& step) const { std::visit(*this, step.output); }

    void operator()(const eyeballs::StartAttempt& attempt) const {
        const auto id = attempt.id.value();
        if (attempts.contains(id)) attempts.clear();  // It is another race.
        attempts[id] = kNoConnection;
        tell(
            fmt::format("* attempt {}: {}", id, escape_for_terminal(attempt.endpoint.to_string())));
    }
    void operator()(const eyeballs::EstablishSession& session) const {
        wait(session.id, kNoAnswer);
        if (many()) tell(fmt::format("* {}asked for the WebSocket", mark(session.id)));
    }
    void operator()(const eyeballs::CancelAttempt& cancelled) const {
        const auto found = attempts.find(cancelled.id.value());
        if (found == attempts.end() || found->second.empty()) return;
        tell(fmt::format("* attempt {} given up: {}", found->first,
                         std::exchange(found->second, {})));
    }
    void operator()(const eyeballs::Succeeded& winner) const {
        if (many()) tell(fmt::format("* attempt {} won", winner.id.value()));
    }
    void operator()(const eyeballs::SendQuery& query) const {
        questions[query.id.value()] = question_of(query);
        tell(fmt::format("* asking for {}", question_of(query)));
    }
    void operator()(const eyeballs::CancelQuery& cancelled) const {
        const auto question = questions.extract(cancelled.id.value());
        if (question) tell(fmt::format("* {}: {}", question.mapped(), kNoAnswer));
    }
    void operator()(const eyeballs::RememberHttp1Only&) const {}
    void operator()(const eyeballs::Failed&) const {}

    void operator()(const observe::ConnectStarted& event) const {
        tell(fmt::format("* {}connecting to {}", mark(event.attempt), event.address));
    }
    void operator()(const observe::ConnectEnded& event) const {
        wait(event.attempt, event.error ? std::string_view() : kNotAsked);
        const auto whose = mark(event.attempt);
        tell(event.error
                 ? fmt::format("* {}{} failed: {}", whose, event.address, event.error.message())
                 : fmt::format("* {}connected to {}", whose, event.address));
    }
    void operator()(const observe::ProxyStarted& event) const {
        wait(event.attempt, kNoTunnel);
        tell(fmt::format("* {}asking {} for a tunnel to {}", mark(event.attempt), event.proxy,
                         escape_for_terminal(event.target)));
    }
    void operator()(const observe::ProxyEnded& event) const {
        wait(event.attempt, event.error == nullptr ? kNotAsked : std::string_view());
        const auto whose = mark(event.attempt);
        tell(event.error == nullptr
                 ? fmt::format("* {}{} opened the tunnel", whose, event.proxy)
                 : fmt::format("* {}{} failed: {}", whose, event.proxy, words_of(*event.error)));
    }
    void operator()(const observe::TlsStarted& event) const {
        wait(event.attempt, kNoTls);
        tell(fmt::format("* {}speaking TLS with {}", mark(event.attempt), event.server_name));
    }
    void operator()(const observe::TlsEnded& event) const {
        const auto whose = mark(event.attempt);
        if (event.info == nullptr) {
            wait(event.attempt, {});
            const auto why = words_of(*event.error);
            const bool said = why.starts_with("TLS failed");
            tell(fmt::format("* {}{}{}", whose, said ? "" : "TLS failed: ", why));
            return;
        }
        const std::string& alpn = event.info->alpn;
        wait(event.attempt, alpn == "h2" ? kNoSettings : kNotAsked);
        tell(fmt::format("* {}{}, {}{}{}, certificate of {}", whose, event.info->tls_version,
                         event.info->tls_cipher, alpn.empty() ? "" : ", ", alpn,
                         escape_for_terminal(event.info->peer_subject)));
    }
    void operator()(const observe::SettingsReceived& event) const {
        wait(event.attempt, event.extended_connect ? kNotAsked : std::string_view());
        tell(fmt::format("* {}the HTTP/2 server takes {}WebSockets", mark(event.attempt),
                         event.extended_connect ? "" : "no "));
    }
    // Of one attempt alone the tool tells it at the end, and what failed before that was told.
    void operator()(const observe::AttemptFailed& event) const {
        const auto found = attempts.find(event.attempt.value());
        if (found == attempts.end() || std::exchange(found->second, {}).empty() || !many()) return;
        tell(fmt::format("* {}failed: {}", mark(event.attempt), words_of(event.error)));
    }
    void operator()(const observe::RequestSent& event) const {
        if (event.request.version_major == 2) return tell_extended(event.request);
        tell(fmt::format("> {} {} {}", event.request.method,
                         escape_for_terminal(without_query(event.request.target)),
                         version_of(event.request)));
        tell_fields(tell, '>', event.request.fields);
    }
    void operator()(const observe::ResponseReceived& event) const {
        if (const auto whose = mark(event.attempt); !whose.empty()) {
            tell(fmt::format("* {}answered", whose));
        }
        tell(fmt::format("< {} {}{}{}", version_of(event.response), event.response.status,
                         event.response.reason.empty() ? "" : " ",
                         escape_for_terminal(event.response.reason)));
        tell_fields(tell, '<', event.response.fields);
    }
    void operator()(const observe::CallFailed&) const {}
    void operator()(const observe::HandlerThrew&) const {}     // `taut` throws nothing.
    void operator()(const observe::RequestReceived&) const {}  // a server's
    void operator()(const observe::ResponseSent&) const {}
    void operator()(const observe::ConnectionRefused&) const {}
    void operator()(const observe::Opened& event) const {
        tell(fmt::format("* open{}{}{}", event.subprotocol.empty() ? "" : ", subprotocol ",
                         escape_for_terminal(event.subprotocol),
                         event.compressed ? ", compressed" : ""));
    }
    void operator()(const observe::MessageSent& event) const {
        tell(fmt::format("* sent {}, {} bytes", name_of(event.type), event.bytes));
    }
    void operator()(const observe::MessageReceived& event) const {
        tell(fmt::format("* received {}, {} bytes", name_of(event.type), event.bytes));
    }
    void operator()(const observe::PingSent& event) const {
        tell(fmt::format("* sent ping, {} bytes", event.bytes));
    }
    void operator()(const observe::PingReceived& event) const {
        tell(fmt::format("* received ping, {} bytes", event.bytes));
    }
    void operator()(const observe::PongSent& event) const {
        tell(fmt::format("* sent pong, {} bytes", event.bytes));
    }
    void operator()(const observe::PongReceived& event) const {
        tell(event.round_trip
                 ? fmt::format("* received pong after {}", to_milliseconds(*event.round_trip))
                 : std::string("* received pong that nobody asked for"));
    }
    void operator()(const observe::ClosingStarted& event) const {
        tell(fmt::format("* {} began to close with {}", event.by_peer ? "the server" : "taut",
                         static_cast<int>(event.code)));
    }
    void operator()(const observe::SessionClosed& event) const {
        tell("* " + explain(event.closed));
    }
};

}  // namespace

void Story::observe(const observe::Event& event, observe::Stamp) {
    std::visit(Teller{tell_, attempts_, questions_}, event);
}

}  // namespace tautline::taut
