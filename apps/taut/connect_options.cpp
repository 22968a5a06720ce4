// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include <tautline/base/ascii.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/utf8.hpp>
#include <tautline/proto/http/basic_auth.hpp>

#include "option_parsers.hpp"
#include "values.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kMessages = "Messages";
constexpr const char* kHandshake = "Handshake";
constexpr const char* kTls = "TLS";
constexpr const char* kOutput = "Output";
constexpr eyeballs::HttpVersions kOnlyHttp2{.http1 = false, .http2 = true, .http3 = false};

constexpr const char* kFooter =
    "\nOn a terminal there is a line editor, with /help. Otherwise every line of standard input "
    "is\n"
    "a text message, without the LF or CR LF at its end, and standard output is the payloads, one "
    "a\n"
    "line; binary ones as they are.\n"
    "SIGINT and SIGTERM close in order, and end after 4 s even if the server does not answer or\n"
    "nobody reads the output; a second one ends at once.\n"
    "\nExamples:\n"
    "  taut connect ws://127.0.0.1:9001/\n"
    "  echo hello | taut connect ws://127.0.0.1:9001/\n"
    "  taut connect wss://example.org/feed -m '{\"subscribe\":\"all\"}' --on-eof wait --json "
    "</dev/null\n"
    "  taut connect wss://localhost:9001/ --cacert own.pem -H 'Cookie: a=b' -v\n"
    "\nExit codes:\n"
    "  0 closed in order          5 not opened by the server     9 ended without closing "
    "handshake\n"
    "  1 internal, disk full      6 timeout                     10 fewer messages than -n\n"
    "  2 usage                    7 the peer broke the protocol 11 limit exceeded\n"
    "  3 not resolved, connected  8 closed with another code   130 interrupted\n"
    "  4 TLS                                                   141 nobody reads the output\n"
    "                                                          143 terminated\n";

void add_messages(CLI::App& app, ConnectArguments& arguments) {
    add_each(
        app, "-m,--message",
        [&arguments](const std::string& text) {
            arguments.outgoing.push_back({Outgoing::Kind::message, text});
        },
        "Send this message; may be repeated")
        ->type_name("MSG")
        ->group(kMessages);
    add_each(
        app, "-f,--file",
        [&arguments](const std::string& path) {
            arguments.outgoing.push_back({Outgoing::Kind::file, path});
        },
        "Send this file as one message; may be repeated")
        ->type_name("FILE")
        ->group(kMessages);
    app.add_flag("-b,--binary", arguments.binary,
                 "Send -m, -f and standard input (in blocks, as it is read) as binary messages")
        ->group(kMessages);
    app.add_flag("--echo", arguments.echo, "Send every received message back; read no input")
        ->group(kMessages);
    app.add_option_function<std::uint64_t>(
           "-n,--count",
           [&arguments](const std::uint64_t& count) { arguments.message_count = count; },
           "Exit after this many messages were received; how the connection ends then does not "
           "count")
        ->type_name("N")
        ->check(kAtLeastOne)
        ->group(kMessages);
}

template <typename Parse>
Duration time_on_eof(std::string_view text, Parse parse) {
    const auto time = parse(text);
    if (!time) throw CLI::ValidationError("--on-eof", time.error());
    return *time;
}

void store_on_eof(ConnectArguments& arguments, std::string_view text) {
    const auto mark = text.find('=');
    const auto how = text.substr(0, mark);
    const bool timed = mark != text.npos;
    if (how == "quiet") {
        arguments.on_eof = OnEof::quiet;
        if (timed) arguments.quiet_pause = time_on_eof(text.substr(mark + 1), parse_some_time);
    } else if (how == "wait") {
        arguments.on_eof = OnEof::wait;
        if (timed) arguments.eof_wait = time_on_eof(text.substr(mark + 1), parse_duration);
    } else if (text == "close") {
        arguments.on_eof = OnEof::close;
    } else if (text == "half") {
        arguments.on_eof = OnEof::half;
    } else {
        throw CLI::ValidationError("--on-eof",
                                   "takes quiet, quiet=TIME, close, wait, wait=TIME or half");
    }
}

void add_ending(CLI::App& app, ConnectArguments& arguments) {
    app.add_option_function<std::string>(
           "--on-eof", [&arguments](const std::string& text) { store_on_eof(arguments, text); },
           "When input ends: quiet or quiet=TIME (close when the server has been silent so long,\n"
           "500ms unless given; after ten times that in any case), close (at once), wait,\n"
           "wait=TIME, or half (close, and let the peer take its time). Default: quiet, or close\n"
           "when nothing was sent; with -n: wait")
        ->type_name("HOW")
        ->group(kMessages);
    add_parsed(
        app, "--timeout", parse_some_time,
        [&arguments](Duration value) { arguments.timeout = value; },
        "Give up, with exit code 6, when all is not done by then; a server that does not answer\n"
        "our Close is given one second more, and then output that nobody reads another one")
        ->type_name("TIME")
        ->group(kMessages);
    app.add_option_function<std::uint16_t>(
           "--close-code",
           [&arguments](const std::uint16_t& code) {
               arguments.close_code = static_cast<CloseCode>(code);
           },
           "Code to close with (1000)")
        ->type_name("CODE")
        ->group(kMessages);
    app.add_option("--close-reason", arguments.close_reason, "Reason to close with")
        ->type_name("TEXT")
        ->group(kMessages);
}

void store_header(ConnectArguments& arguments, const std::string& text) {
    auto header = parse_header(text);
    if (!header) throw CLI::ValidationError("-H", header.error());
    arguments.options.headers.add(std::move(header->first), std::move(header->second));
}

void store_bearer(ConnectArguments& arguments, const std::string& variable) {
    const char* token = std::getenv(variable.c_str());
    if (token == nullptr || *token == '\0') {
        throw CLI::ValidationError("--bearer-env",
                                   fmt::format("the variable {} is not set", variable));
    }
    arguments.options.bearer_token = token;
}

void add_credentials(CLI::App& app, ConnectArguments& arguments) {
    add_parsed(
        app, "--auth", parse_credentials,
        [&arguments](const std::pair<std::string, std::string>& user) {
            arguments.options.headers.set("Authorization",
                                          http::basic_credentials(user.first, user.second));
        },
        "Basic authentication; others on this machine can see it in the list of processes")
        ->type_name("USER:PASS")
        ->group(kHandshake);
    app.add_option_function<std::string>(
           "--bearer-env",
           [&arguments](const std::string& variable) { store_bearer(arguments, variable); },
           "Bearer authentication with the token in this environment variable")
        ->type_name("VAR")
        ->group(kHandshake);
}

// More time than by default is given to each step, too.
void give_time(ClientOptions& options, Duration time) {
    options.handshake_timeout = time;
    for (Duration* part : {&options.network.transport_timeout, &options.network.session_timeout}) {
        *part = std::max(*part, time / 10 * 7);
    }
}

void add_handshake(CLI::App& app, ConnectArguments& arguments) {
    auto& options = arguments.options;
    add_each(
        app, "-H,--header",
        [&arguments](const std::string& text) { store_header(arguments, text); },
        "Send this header too: 'Name: value'; may be repeated")
        ->type_name("HEADER")
        ->group(kHandshake);
    add_each(
        app, "-s,--subprotocol",
        [&options](const std::string& name) { options.subprotocols.push_back(name); },
        "Offer this subprotocol; may be repeated")
        ->type_name("NAME")
        ->group(kHandshake);
    app.add_option("-o,--origin", options.origin, "Send this Origin")
        ->type_name("ORIGIN")
        ->group(kHandshake);
    add_credentials(app, arguments);
    add_parsed(
        app, "--handshake-timeout", parse_duration,
        [&options](Duration value) { give_time(options, value); },
        "For resolving, connecting, TLS and upgrade together (10s)")
        ->type_name("TIME")
        ->group(kHandshake);
}

void add_tls(CLI::App& app, TlsClientOptions& tls) {
    app.add_option("--cacert", tls.ca_file, "Trust these certificates instead of the system's")
        ->type_name("FILE")
        ->group(kTls);
    app.add_option("--cert", tls.certificate_file, "Our own certificate, if the server asks")
        ->type_name("FILE")
        ->group(kTls);
    app.add_option("--key", tls.key_file, "Its private key")->type_name("FILE")->group(kTls);
    app.add_option("--sni", tls.server_name, "Name to ask for and to verify")
        ->type_name("NAME")
        ->group(kTls);
    add_parsed(
        app, "--pin", parse_pin,
        [&tls](std::string key) { tls.pinned_keys.push_back(std::move(key)); },
        "SHA-256 of a public key that the chain must hold, in base64; may be repeated. With -k: "
        "of\n"
        "the server's own key, and nothing else is checked")
        ->trigger_on_parse()
        ->type_name("HASH")
        ->group(kTls);
    app.add_option("--key-log", tls.key_log_file,
                   "Append the secrets for Wireshark; $SSLKEYLOGFILE does the same")
        ->type_name("FILE")
        ->group(kTls);
    app.add_flag("-k,--insecure", tls.unsafe_skip_verification,
                 "Accept any certificate: without --pin whoever is in between can read and change\n"
                 "all, with it only the server that has the pinned key is accepted")
        ->group(kTls);
}

// "http:/x" lacks a slash; the host "http" is not what is meant. The library says what is wrong.
bool has_scheme(std::string_view url) {
    static constexpr std::array<std::string_view, 4> kSchemes = {"ws:/", "wss:/", "http:/",
                                                                 "https:/"};
    const auto begins = [url](std::string_view scheme) {
        return equal_ignoring_case(url.substr(0, scheme.size()), scheme);
    };
    return url.find("://") != url.npos || begins("ws+unix:") || begins("wss+unix:") ||
           std::ranges::any_of(kSchemes, begins);
}

void check_ending(const ConnectArguments& arguments) {
    if (!may_travel(arguments.close_code)) {
        throw CLI::ValidationError("--close-code", fmt::format("{} may be sent", kCloseCodes));
    }
    if (!check_close(arguments.close_code, arguments.close_reason)) {
        throw CLI::ValidationError("--close-reason", "it is at most 123 bytes of UTF-8");
    }
}

// What can be known before there is a connection. A pipe shows only when it is read.
std::string problem_of(const Outgoing& outgoing, bool binary) {
    if (outgoing.kind == Outgoing::Kind::message) {
        return binary || is_utf8(as_bytes(outgoing.value)) ? "" : "it is not UTF-8; -b sends bytes";
    }
    std::error_code error;
    if (std::filesystem::is_directory(outgoing.value, error)) {
        error = std::make_error_code(std::errc::is_a_directory);
    } else if (::access(outgoing.value.c_str(), R_OK) != 0) {
        error = {errno, std::generic_category()};
    }
    return error ? fmt::format("{} cannot be sent: {}", outgoing.value, error.message()) : "";
}

void check_outgoing(const ConnectArguments& arguments) {
    for (const auto& outgoing : arguments.outgoing) {
        const auto problem = problem_of(outgoing, arguments.binary);
        if (problem.empty()) continue;
        const bool message = outgoing.kind == Outgoing::Kind::message;
        throw CLI::ValidationError(message ? "--message" : "--file", problem);
    }
}

bool is_plain(std::string_view url) {
    const auto begins = [url](std::string_view scheme) {
        return equal_ignoring_case(url.substr(0, scheme.size()), scheme);
    };
    return begins("ws://") || begins("http://") || begins("ws+unix:");
}

// A pinned key that is never checked must be an error now. `--cacert` and `--sni` only say how to
// check what TLS brings: like curl, take them with any URL.
void check_tls_wanted(const CLI::App& app, const ConnectArguments& arguments) {
    if (!is_plain(arguments.url) || arguments.options.max_redirects > 0) return;
    for (const char* name : {"--pin", "--cert"}) {
        if (app.count(name) > 0) throw CLI::ValidationError(name, "is for wss:// only");
    }
}

void add_output(CLI::App& app, ConnectArguments& arguments) {
    app.add_flag("--json", arguments.json,
                 "Print every event as a line of JSON: open, text, binary, ping, pong, close and\n"
                 "error; \"dir\" is \"in\" or \"out\", where one side did it. Text is in \"data\", "
                 "other\n"
                 "payloads in \"data_b64\"; of a file that is sent only the size, in \"bytes\"")
        ->group(kOutput);
    app.add_flag(
           "-v,--verbose", arguments.verbose,
           "Tell on standard error what happens; where addresses are tried at the same time,\n"
           "[2] marks the second attempt")
        ->group(kOutput);
    add_parsed(
        app, "--ping", parse_some_time,
        [&arguments](Duration value) { arguments.probe_interval = value; },
        "Send a Ping this often and tell the round-trip times")
        ->type_name("TIME")
        ->group(kOutput);
    app.add_flag_callback(
           "--no-history", [&arguments] { arguments.history = false; },
           "Neither read nor write ~/.taut_history")
        ->group(kOutput);
}

}  // namespace

void add_handshake_options(CLI::App& app, ConnectArguments& arguments) {
    arguments.common.compression = Compression::on;
    app.add_option("url", arguments.url, "ws://, wss:// or ws+unix:PATH:/TARGET")
        ->type_name("URL")
        ->required();
    add_handshake(app, arguments);
    add_tls(app, arguments.options.tls);
    add_network_options(app, arguments);
}

void add_connect_options(CLI::App& app, ConnectArguments& arguments) {
    app.footer(with_units(kFooter));
    add_messages(app, arguments);
    add_ending(app, arguments);
    add_handshake_options(app, arguments);
    add_common_options(app, arguments.common);
    add_output(app, arguments);
}

void finish_connect_options(const CLI::App& app, ConnectArguments& arguments) {
    if (arguments.message_count && app.count("--on-eof") == 0) arguments.on_eof = OnEof::wait;
    // "localhost:9001" is what people type.
    if (!has_scheme(arguments.url)) arguments.url.insert(0, "ws://");
    if (arguments.options.network.http_versions == kOnlyHttp2 &&
        !arguments.url.starts_with("wss://") && !arguments.url.starts_with("https://")) {
        throw CLI::ValidationError("--http", "a client speaks HTTP/2 with wss:// only");
    }
    check_ending(arguments);
    check_outgoing(arguments);
    auto& tls = arguments.options.tls;
    if (tls.certificate_file.empty() != tls.key_file.empty()) {
        throw CLI::ValidationError("--cert", "--cert and --key need each other");
    }
    check_tls_wanted(app, arguments);
    if (const char* file = std::getenv("SSLKEYLOGFILE"); file && tls.key_log_file.empty()) {
        tls.key_log_file = file;
    }
}

}  // namespace tautline::taut
