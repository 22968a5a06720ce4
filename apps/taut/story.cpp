// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include <tautline/base/ascii.hpp>

#include "escape.hpp"
#include "explain.hpp"
#include "story.hpp"

namespace tautline::taut {

namespace {

using Tell = Story::Tell;

std::string_view type_name(MessageType type) {
    return type == MessageType::text ? "text" : "binary";
}

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

std::string version_of(const auto& head) {
    return head.version_major == 1 ? fmt::format("HTTP/1.{}", head.version_minor)
                                   : fmt::format("HTTP/{}", head.version_major);
}

struct Teller {
    const Tell& tell;

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
        tell(fmt::format("* {} of {}: {}", eyeballs::name_for(event.query.type),
                         escape_for_terminal(event.query.name), explain(event.answer)));
    }
    void operator()(const observe::RaceStep& step) const {
        if (const auto* attempt = std::get_if<eyeballs::StartAttempt>(&step.output)) {
            tell(fmt::format("* attempt {}: {}", attempt->id.value(),
                             escape_for_terminal(attempt->endpoint.to_string())));
        } else if (const auto* given_up = std::get_if<eyeballs::CancelAttempt>(&step.output)) {
            tell(fmt::format("* attempt {} given up", given_up->id.value()));
        }
    }
    void operator()(const observe::ConnectStarted& event) const {
        tell(fmt::format("* connecting to {}", event.address));
    }
    void operator()(const observe::ConnectEnded& event) const {
        tell(event.error ? fmt::format("* {} failed: {}", event.address, event.error.message())
                         : fmt::format("* connected to {}", event.address));
    }
    void operator()(const observe::ProxyStarted& event) const {
        tell(fmt::format("* asking {} for a tunnel to {}", event.proxy,
                         escape_for_terminal(event.target)));
    }
    void operator()(const observe::ProxyEnded& event) const {
        tell(event.error == nullptr ? fmt::format("* {} opened the tunnel", event.proxy)
                                    : fmt::format("* {} failed: {}", event.proxy,
                                                  escape_for_terminal(event.error->message)));
    }
    void operator()(const observe::TlsStarted& event) const {
        tell(fmt::format("* speaking TLS with {}", event.server_name));
    }
    void operator()(const observe::TlsEnded& event) const {
        if (event.info == nullptr) {
            tell("* TLS failed");
            return;
        }
        const std::string& alpn = event.info->alpn;
        tell(fmt::format("* {}, {}{}{}, certificate of {}", event.info->tls_version,
                         event.info->tls_cipher, alpn.empty() ? "" : ", ", alpn,
                         escape_for_terminal(event.info->peer_subject)));
    }
    void operator()(const observe::SettingsReceived& event) const {
        tell(event.extended_connect ? "* the HTTP/2 server takes WebSockets"
                                    : "* the HTTP/2 server takes no WebSockets");
    }
    void operator()(const observe::RequestSent& event) const {
        if (event.request.version_major == 2) return tell_extended(event.request);
        tell(fmt::format("> {} {} {}", event.request.method,
                         escape_for_terminal(without_query(event.request.target)),
                         version_of(event.request)));
        tell_fields(tell, '>', event.request.fields);
    }
    void operator()(const observe::ResponseReceived& event) const {
        tell(fmt::format("< {} {}{}{}", version_of(event.response), event.response.status,
                         event.response.reason.empty() ? "" : " ",
                         escape_for_terminal(event.response.reason)));
        tell_fields(tell, '<', event.response.fields);
    }
    void operator()(const observe::CallFailed&) const {}
    void operator()(const observe::RequestReceived&) const {}  // a server's
    void operator()(const observe::ResponseSent&) const {}
    void operator()(const observe::Opened& event) const {
        tell(fmt::format("* open{}{}{}", event.subprotocol.empty() ? "" : ", subprotocol ",
                         escape_for_terminal(event.subprotocol),
                         event.compressed ? ", compressed" : ""));
    }
    void operator()(const observe::MessageSent& event) const {
        tell(fmt::format("* sent {}, {} bytes", type_name(event.type), event.bytes));
    }
    void operator()(const observe::MessageReceived& event) const {
        tell(fmt::format("* received {}, {} bytes", type_name(event.type), event.bytes));
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

void Story::observe(const observe::Event& event, Instant) { std::visit(Teller{tell_}, event); }

}  // namespace tautline::taut
