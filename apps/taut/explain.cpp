// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tautline/base/ascii.hpp>
#include <tautline/base/proxy_error.hpp>
#include <tautline/proto/http/challenge.hpp>
#include <tautline/proto/http/redirect.hpp>
#include <tautline/proto/http/uri.hpp>

#include "escape.hpp"
#include "explain.hpp"

namespace tautline::taut {

namespace {

constexpr std::size_t kBodyBytes = 400;
constexpr std::string_view kTried = " Tried: ";  // begins the library's list of attempts

struct OptionName {
    std::string_view of_library;
    std::string_view ours;
};
constexpr OptionName kPins = {"TlsClientOptions::pinned_keys", "--pin"};
constexpr OptionName kCertificate = {"our certificate (--cert, TlsClientOptions::certificate_file)",
                                     "the one given with --cert"};
constexpr OptionName kTrust = {"--cacert, TlsClientOptions::ca_file", "--cacert"};
constexpr std::array<OptionName, 8> kOptionNames = {{
    kPins,
    kCertificate,
    {"max_message_bytes", "--max-message"},
    {"message_timeout", "--message-timeout"},
    kTrust,
    {"--cert, TlsClientOptions::certificate_file", "--cert"},
    {"TlsClientOptions::server_name", "--sni"},
    {", NetworkConfig::http_versions", ""},
}};

// Before the others. There is no option for what has no name.
constexpr std::array<OptionName, 3> kProxyOptionNames = {{
    {kTrust.of_library, "--proxy-cacert"},
    {", or say which one is expected (TlsClientOptions::server_name)", ""},
    {" (ProxyOptions::tls)", ""},
}};

void rename(std::string& message, const OptionName& name) {
    for (auto at = message.find(name.of_library); at != message.npos;
         at = message.find(name.of_library, at)) {
        message.replace(at, name.of_library.size(), name.ours);
    }
}

std::string_view advice_for_proxy(const std::error_code& code) {
    if (code == ProxyError::authentication_required || code == ProxyError::credentials_rejected) {
        return "Credentials go into the URL of the proxy: --proxy http://USER:PASS@HOST:PORT.";
    }
    if (code == TransportError::certificate_rejected) {
        return "--insecure is not for proxies; --proxy '' goes straight.";
    }
    if (code == TransportError::client_certificate_required) {
        return "--cert is not for proxies; --proxy '' goes straight.";
    }
    return "--proxy '' goes straight.";
}

// What an option of ours can do about it; empty when there is none.
std::string_view advice_for(const Error& error) {
    if (error.code == TransportError::handshake_timeout) {
        return "More time can be given with --handshake-timeout.";
    }
    if (error.phase == Phase::proxy) return advice_for_proxy(error.code);
    if (error.code == TransportError::certificate_rejected) {
        // Not even --insecure lets a wrong key pass.
        const bool by_pin = error.message.contains(kPins.ours);
        return by_pin ? "If the new key is right, --pin takes its hash too."
                      : "--insecure goes on without any protection.";
    }
    const bool showed_one = error.message.contains(kCertificate.ours);
    if (error.code == TransportError::client_certificate_required && !showed_one) {
        return "Give one with --cert FILE and --key FILE.";
    }
    return {};
}

std::string_view find_header(const Refusal& refusal, std::string_view name) {
    for (const auto& [field, value] : refusal.headers) {
        if (equal_ignoring_case(field, name)) return value;
    }
    return {};
}

std::string advice_on_version(const Refusal& refusal) {
    const auto spoken = find_header(refusal, "Sec-WebSocket-Version");
    if (!spoken.empty() && !spoken.contains("13")) {
        return "it speaks version " + escape_for_terminal(spoken) + " of the protocol, not 13";
    }
    return "it saw no request for a WebSocket: does a proxy in front of it drop Upgrade?";
}

std::string advice_on_time(const Refusal& refusal) {
    const auto after = find_header(refusal, "Retry-After");
    if (after.empty()) return {};
    const bool seconds = std::ranges::all_of(after, is_digit);
    return "it may be asked again after " + escape_for_terminal(after) + (seconds ? " s" : "");
}

std::vector<std::string> wanted_schemes(const Refusal& refusal) {
    std::vector<std::string> wanted;
    for (const auto& [field, value] : refusal.headers) {
        if (!equal_ignoring_case(field, "WWW-Authenticate")) continue;
        const auto challenges = http::read_challenges(value);
        if (!challenges) continue;
        for (const auto& challenge : *challenges) wanted.push_back(challenge.scheme);
    }
    return wanted;
}

// Basic and Bearer are what the tool can send.
std::string advice_on_credentials(const Refusal& refusal, Credentials credentials) {
    const auto wanted = wanted_schemes(refusal);
    const auto schemes = escape_for_terminal(fmt::format("{}", fmt::join(wanted, " or ")));
    if (credentials == Credentials::sent) {
        return "it did not accept the credentials that were sent" +
               (wanted.empty() ? "" : "; it takes " + schemes);
    }
    const auto ours = [](std::string_view scheme) {
        return equal_ignoring_case(scheme, "Basic") || equal_ignoring_case(scheme, "Bearer");
    };
    if (wanted.empty() || std::ranges::any_of(wanted, ours)) {
        return "it wants to know who you are: --auth or --bearer-env";
    }
    return fmt::format("it wants {}, which taut does not speak", schemes);
}

// What to do about a status, or nothing.
std::string advice_for(const Refusal& refusal, Credentials credentials) {
    switch (refusal.status) {
        case 200:
        case 404: return "there is no WebSocket at this path: is that of the URL right?";
        case 401: return advice_on_credentials(refusal, credentials);
        case 403:
            return credentials == Credentials::sent
                       ? "it may want another --origin, or other credentials"
                       : "it may want another --origin, or credentials";
        case 426: return advice_on_version(refusal);
        case 429:
        case 503: return advice_on_time(refusal);
        default: return {};
    }
}

// Where it leads, and whether the tool would go there.
std::string told_redirect(const Error& error) {
    const auto location = find_header(*error.refusal, "Location");
    if (location.empty()) return {};
    const bool could_follow = http::is_redirect(error.refusal->status) &&
                              error.code == HandshakeError::rejected &&
                              !error.message.contains("not followed");
    return fmt::format("\n  it points to {}{}", escape_for_terminal(without_query(location)),
                       could_follow ? "; -L follows it" : "");
}

// The line ends of its end would be empty lines here.
std::string told_body(const Refusal& refusal) {
    auto body = cut(refusal.body, kBodyBytes);
    body = body.substr(0, body.find_last_not_of(" \r\n") + 1);
    return body.empty() ? "" : "\n  " + escape_for_terminal(body, LineFeeds::indented);
}

std::string explain_refusal(Error error, Credentials credentials) {
    const Refusal& refusal = *error.refusal;
    const auto list = std::min(error.message.find(kTried), error.message.size());
    const auto tried = escape_for_terminal(std::string_view(error.message).substr(list));
    error.message.resize(list);
    const auto who = error.endpoint.empty() ? "the server" : escape_for_terminal(error.endpoint);
    auto text = fmt::format("{}: {} answered {} {}", name_for(error.phase), who, refusal.status,
                            escape_for_terminal(refusal.reason));
    if (text.ends_with(' ')) text.pop_back();  // HTTP/2 has no reasons.
    // The error itself knows why a redirect was not followed.
    if (http::is_redirect(refusal.status)) text = escape_for_terminal(error.to_string());
    text += told_redirect(error);
    if (const auto advice = advice_for(refusal, credentials); !advice.empty())
        text += "\n  " + advice;
    text += told_body(refusal);
    return tried.empty() ? text : text + "\n " + tried;
}

std::string describe(const dns::ServiceRecord& record) {
    std::string text = record.target;
    if (record.port) text += fmt::format(":{}", *record.port);
    if (!record.alpn.empty()) text += fmt::format(" {}", fmt::join(record.alpn, ", "));
    return escape_for_terminal(text);
}
std::string describe(const std::vector<dns::ServiceRecord>& records) {
    std::string text;
    for (const auto& record : records) text += (text.empty() ? "" : "; ") + describe(record);
    return text.empty() ? "none" : text;
}
std::string describe(const std::vector<IpAddress>& addresses) {
    std::string text;
    for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address.to_string();
    return text.empty() ? "none" : text;
}
std::string describe(const eyeballs::Alias& alias) {
    return "the same as of " + escape_for_terminal(alias.target);
}
std::string describe(const eyeballs::LookupFailed& failed) {
    return "no answer: " + escape_for_terminal(failed.error.message);
}

}  // namespace

bool may_want_tls(std::string_view url, const Error& error) {
    const bool cut = error.phase == Phase::handshake && error.code == std::errc::connection_reset;
    if (!cut && error.code != TransportError::closed_early &&
        error.code != HandshakeError::response_malformed) {
        return false;
    }
    // What is wrong in these answers is said in HTTP.
    if (error.message.contains("interim responses") || error.message.contains("HTTP/1.0")) {
        return false;
    }
    const auto uri = http::parse_uri(url);
    return uri && !uri->secure;
}

std::string in_words_of_the_tool(std::string message, Phase phase) {
    if (phase == Phase::proxy) {
        for (const auto& name : kProxyOptionNames) rename(message, name);
    }
    for (const auto& name : kOptionNames) rename(message, name);
    return message;
}

std::string words_of(const Error& error) {
    const auto& words = error.message.empty() ? error.code.message() : error.message;
    return escape_for_terminal(in_words_of_the_tool(words, error.phase));
}

Credentials credentials_in(const http::RequestHead& request) {
    return request.fields.find("Authorization") ? Credentials::sent : Credentials::not_sent;
}

std::string explain(const Error& original, Credentials credentials) {
    Error error = original;
    error.message = in_words_of_the_tool(std::move(error.message), error.phase);
    const bool by_server = error.refusal && error.phase != Phase::proxy;
    std::string text = by_server ? explain_refusal(error, credentials)
                                 : escape_for_terminal(error.to_string(), LineFeeds::indented);
    if (const auto advice = advice_for(error); !advice.empty())
        text += fmt::format("\n  {}", advice);
    return text;
}

std::string words_of_end(const std::error_code& error) {
    if (error == TransportError::tls_failed) {
        return "what came was not of this TLS connection any more; something in between may have "
               "changed it";
    }
    return in_words_of_the_tool(error.message());
}

std::string explain(const Closed& closed) {
    if (closed.code == CloseCode::abnormal) {
        // This error says it itself.
        const bool said = closed.error == TransportError::closed_early;
        return fmt::format("the connection was lost{}{}{}",
                           said ? "" : " without a closing handshake", closed.error ? ": " : "",
                           escape_for_terminal(words_of_end(closed.error)));
    }
    std::string_view who = closed.by_peer ? "the server" : "us";
    if (closed.clean && !closed.by_peer && closed.code != closed.own_code) {
        who = "us, and the server answered";
    }
    auto text = fmt::format("closed by {}: {} {}", who, static_cast<int>(closed.code),
                            name_for(closed.code));
    if (!closed.reason.empty()) text += fmt::format(" ({})", escape_for_terminal(closed.reason));
    if (!closed.clean) text += ", without the other side's Close";
    if (closed.error) text += fmt::format(": {}", escape_for_terminal(words_of_end(closed.error)));
    return text;
}

std::string explain_listen(const Error& error, const ListenOptions& options) {
    const bool is_unix = !options.unix_path.empty();
    if (is_unix && error.code == std::errc::address_in_use) {
        return fmt::format("{} is there already: another program listens on it, or it is no socket",
                           escape_for_terminal(options.unix_path));
    }
    if (!is_unix && error.code == std::errc::address_in_use) {
        return fmt::format("port {} is in use; choose another with --port, or 0", options.port);
    }
    if (!is_unix && error.code == std::errc::permission_denied) {
        return fmt::format("port {} is for administrators only; choose one above 1023",
                           options.port);
    }
    // The message names the host.
    if (error.code == TransportError::resolve_failed) return escape_for_terminal(error.message);
    // A refusal of the system is no mistake of the command line.
    const bool by_system = error.phase == Phase::usage && error.code.category() != usage_category();
    return escape_for_terminal(by_system ? error.endpoint + ": " + error.message
                                         : error.to_string());
}

std::string_view name_of(MessageType type) { return type == MessageType::text ? "text" : "binary"; }

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string to_milliseconds(Duration duration) {
    return fmt::format("{:.2f} ms", milliseconds(duration));
}

std::string explain(const eyeballs::Answer& answer) {
    return std::visit([](const auto& what) { return describe(what); }, answer);
}

}  // namespace tautline::taut
