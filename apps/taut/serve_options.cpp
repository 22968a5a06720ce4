// SPDX-License-Identifier: MIT
#include <string>
#include <thread>
#include <utility>

#include <tautline/base/ascii.hpp>

#include "access.hpp"
#include "option_parsers.hpp"
#include "values.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kListen = "Where";
constexpr const char* kWhat = "What";
constexpr const char* kWho = "Who may come";
constexpr const char* kTls = "TLS";
constexpr std::size_t kMaxConnections = 10'000;

constexpr const char* kFooter =
    "\nThe first line of standard output says where it listens. A browser gets a page to try it "
    "at\n"
    "/, /health answers ok, and /metrics counts for Prometheus. SIGINT and SIGTERM close every\n"
    "connection in order; a second one ends at once; SIGHUP reads the certificate again.\n"
    "WebSockets are opened at every path.\n"
    "On a loopback address only requests for a loopback name are answered (--allow-host adds "
    "more),\n"
    "so that no page of the web can reach the server through a name of its own.\n"
    "\nExamples:\n"
    "  taut serve --port 9001\n"
    "  taut serve --port 0 --chat --compress\n"
    "  taut serve --host :: --port 9443 --tls-cert chain.pem --tls-key key.pem --auth me:secret\n"
    "\nExit codes:\n"
    "  0 stopped by a signal         2 usage               130 stopped at once by SIGINT\n"
    "  1 internal, or disk full      3 cannot listen there 141 nobody reads the first line\n"
    "                                4 certificate or key  143 stopped at once by SIGTERM\n";

void add_where(CLI::App& app, ServeArguments& arguments) {
    app.add_option("-p,--port", arguments.listen.port, "Port; 0 lets the system choose")
        ->type_name("N")
        ->group(kListen);
    app.add_option("--host", arguments.listen.host, "Address to listen on (127.0.0.1)")
        ->type_name("ADDRESS")
        ->group(kListen);
    app.add_option("--unix", arguments.listen.unix_path, "Listen on a Unix socket instead")
        ->type_name("PATH")
        ->group(kListen);
    app.add_option("--threads", arguments.server.threads, "Threads that serve (1)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024))
        ->group(kListen);
    app.add_option("--max-connections", arguments.server.max_connections,
                   "Connections open at once (10000); further ones wait")
        ->type_name("N")
        ->check(kAtLeastOne)
        ->group(kListen);
}

void add_versions(CLI::App& app, ServerOptions& server) {
    app.add_option_function<std::string>(
           "--http",
           [&server](const std::string& text) {
               if (text == "1.1") server.http2.reset();
           },
           "HTTP versions to speak: 1.1, or auto (HTTP/2 too)")
        ->type_name("VERSION")
        ->check(CLI::IsMember({"1.1", "auto"}))
        ->group(kListen);
    app.add_flag_callback(
           "--no-http2-websockets",
           [&server] {
               if (server.http2) server.http2->extended_connect = false;
           },
           "Answer plain requests only over HTTP/2: clients then open WebSockets over HTTP/1.1")
        ->group(kListen);
}

void add_what(CLI::App& app, ServeArguments& arguments) {
    auto* echo = app.add_flag_callback(
        "--echo", [&arguments] { arguments.service = Service::echo; },
        "Send every message back (the default)");
    auto* chat = app.add_flag_callback(
        "--chat", [&arguments] { arguments.service = Service::chat; },
        "Send every message to everybody else");
    echo->group(kWhat);
    chat->group(kWhat)->excludes(echo);
    app.add_option_function<std::string>(
           "--slow-peers",
           [&arguments](const std::string& text) {
               arguments.slow_peers = text == "drop" ? OverflowPolicy::drop : OverflowPolicy::close;
           },
           "When 1 MiB waits for a peer of the chat: close the connection, or drop messages")
        ->type_name("close|drop")
        ->check(CLI::IsMember({"close", "drop"}))
        ->group(kWhat);
    add_parsed(
        app, "--subprotocol", parse_subprotocol,
        [&arguments](std::string name) { arguments.subprotocols.push_back(std::move(name)); },
        "Agree to this subprotocol; may be repeated, the best first")
        ->trigger_on_parse()
        ->type_name("NAME")
        ->group(kWhat);
    app.add_flag(
           "--access-log", arguments.access_log,
           "Tell on standard error who comes in or is turned away by --auth or --allow-host,\n"
           "connections over a limit, who fails at TLS, and how each connection ends")
        ->group(kWhat);
}

void add_who(CLI::App& app, ServeArguments& arguments) {
    app.add_flag("--any-origin", arguments.any_origin,
                 "Let pages of any origin in; by default only the server's own")
        ->group(kWho);
    add_parsed(
        app, "--allow-origin", parse_origin,
        [&arguments](std::string origin) {
            arguments.allowed_origins.push_back(std::move(origin));
        },
        "Let pages of this origin in too: https://example.org; may be repeated")
        ->trigger_on_parse()
        ->type_name("ORIGIN")
        ->group(kWho);
    add_each(
        app, "--allow-host",
        [&arguments](const std::string& host) { arguments.allowed_hosts.push_back(host); },
        "On a loopback address, and only there: answer to this name too; may be repeated")
        ->type_name("NAME")
        ->group(kWho);
    add_parsed(
        app, "--auth", parse_credentials,
        [&arguments](auto credentials) { arguments.credentials = std::move(credentials); },
        "Ask for Basic authentication")
        ->type_name("USER:PASS")
        ->group(kWho);
}

void add_tls(CLI::App& app, ServeArguments& arguments, TlsServerOptions& tls) {
    app.add_option("--tls-cert", tls.certificate_file, "Certificate chain, our own first")
        ->type_name("FILE")
        ->group(kTls);
    app.add_option("--tls-key", tls.key_file, "Its private key")->type_name("FILE")->group(kTls);
    app.add_flag("--tls-self-signed", arguments.tls_self_signed,
                 "A new certificate that nobody vouches for, for development")
        ->group(kTls);
    app.add_option("--client-ca", tls.client_ca_file,
                   "Let clients in only with a certificate of this authority")
        ->type_name("FILE")
        ->group(kTls);
    app.add_option("--key-log", tls.key_log_file, "Append the secrets for Wireshark")
        ->type_name("FILE")
        ->group(kTls);
}

bool wants_tls(const CLI::App& app) {
    return app.count("--tls-cert") + app.count("--tls-key") + app.count("--tls-self-signed") > 0;
}

void check_where(const CLI::App& app, const ServeArguments& arguments) {
    if (app.count("--port") == 0 && app.count("--unix") == 0) {
        throw CLI::ValidationError("--port", "say where to listen: --port N, or --port 0");
    }
    if (app.count("--unix") > 0 && arguments.listen.unix_path.empty()) {
        throw CLI::ValidationError("--unix", "it takes the path of a socket");
    }
    if (!arguments.listen.unix_path.empty() && app.count("--port") + app.count("--host") > 0) {
        throw CLI::ValidationError("--unix", "a Unix socket has neither --port nor --host");
    }
}

void check_who(const ServeArguments& arguments) {
    if (arguments.any_origin && !arguments.allowed_origins.empty()) {
        throw CLI::ValidationError("--any-origin", "lets in more than --allow-origin: take one");
    }
    const bool loopback = arguments.listen.unix_path.empty() && is_loopback(arguments.listen.host);
    if (!loopback && !arguments.allowed_hosts.empty()) {
        throw CLI::ValidationError(
            "--allow-host", "is for loopback addresses only: elsewhere any name is answered");
    }
}

void check_tls(const CLI::App& app, const ServeArguments& arguments) {
    const auto& tls = *arguments.listen.tls;
    if (tls.certificate_file.empty() != tls.key_file.empty()) {
        throw CLI::ValidationError("--tls-cert", "--tls-cert and --tls-key need each other");
    }
    if (arguments.tls_self_signed && !tls.certificate_file.empty()) {
        throw CLI::ValidationError("--tls-self-signed",
                                   "either a certificate or a self-signed one");
    }
    if (wants_tls(app)) return;
    for (const char* name : {"--client-ca", "--key-log"}) {
        if (app.count(name) == 0) continue;
        throw CLI::ValidationError(name, "needs --tls-cert or --tls-self-signed");
    }
}

}  // namespace

void add_serve_options(CLI::App& app, ServeArguments& arguments) {
    arguments.server.max_connections = kMaxConnections;
    arguments.listen.tls.emplace();
    app.footer(with_units(kFooter));
    add_where(app, arguments);
    add_versions(app, arguments.server);
    add_what(app, arguments);
    add_who(app, arguments);
    add_tls(app, arguments, *arguments.listen.tls);
    add_common_options(app, arguments.common);
}

void finish_serve_options(const CLI::App& app, ServeArguments& arguments) {
    check_where(app, arguments);
    auto& host = arguments.listen.host;
    // As it stands in a URL.
    host = std::string(without_brackets(host));
    if (app.count("--slow-peers") > 0 && arguments.service != Service::chat) {
        throw CLI::ValidationError("--slow-peers", "needs --chat");
    }
    check_who(arguments);
    check_tls(app, arguments);
    if (!wants_tls(app)) arguments.listen.tls.reset();
}

}  // namespace tautline::taut
