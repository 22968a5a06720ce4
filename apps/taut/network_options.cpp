// SPDX-License-Identifier: MIT
#include <string>
#include <utility>
#include <vector>

#include <tautline/proto/proxy/route.hpp>
#include <tautline/resolve/cares_resolver.hpp>

#include "option_parsers.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kNetwork = "Network";
constexpr int kRedirects = 5;

std::vector<proxy::Route> read_routes(const std::string& text) {
    auto routes = proxy::parse_routes(text.empty() ? "DIRECT" : text);
    if (!routes) {
        throw CLI::ValidationError("--proxy", std::string(proxy::message_for(routes.error())));
    }
    return *std::move(routes);
}

// As with curl, each of the two options takes the place of its part of the environment.
void add_proxies(CLI::App& app, ConnectArguments& arguments) {
    arguments.options.proxies = proxies_from_environment();
    add_each(
        app, "-x,--proxy",
        [&arguments](const std::string& text) {
            arguments.options.proxies.set_routes(read_routes(text));
        },
        "Go through this proxy: http, https, socks5 or socks5h, as URL or host:port; or a list\n"
        "that is tried in order: 'http://a:3128; DIRECT'. Default: ws_proxy, wss_proxy,\n"
        "http_proxy, https_proxy, all_proxy of the environment. '' goes straight")
        ->type_name("URL")
        ->group(kNetwork);
    add_each(
        app, "--noproxy",
        [&arguments](const std::string& text) { arguments.options.proxies.set_no_proxy(text); },
        "Hosts to reach without any proxy: names, suffixes, addresses, networks; '*' is all.\n"
        "Default: no_proxy of the environment. '' is none")
        ->type_name("LIST")
        ->group(kNetwork);
    app.add_option("--proxy-cacert", arguments.options.proxy.tls.ca_file,
                   "Trust these certificates for an https proxy")
        ->type_name("FILE")
        ->group(kNetwork);
}

void add_versions(CLI::App& app, eyeballs::NetworkConfig& network) {
    app.add_option_function<std::string>(
           "--http",
           [&network](const std::string& text) {
               network.http_versions = {
                   .http1 = text != "2", .http2 = text != "1.1", .http3 = false};
           },
           "HTTP version to open the WebSocket with: 1.1, 2 or auto (HTTP/2 where the server can)")
        ->type_name("VERSION")
        ->check(CLI::IsMember({"1.1", "2", "auto"}))
        ->group(kNetwork);
    auto* four = app.add_flag_callback(
        "-4,--ipv4", [&network] { network.ip = eyeballs::IpMode::v4_only; }, "Use IPv4 only");
    auto* six = app.add_flag_callback(
        "-6,--ipv6", [&network] { network.ip = eyeballs::IpMode::v6_only; }, "Use IPv6 only");
    four->group(kNetwork);
    six->group(kNetwork)->excludes(four);
}

}  // namespace

void add_network_options(CLI::App& app, ConnectArguments& arguments) {
    add_versions(app, arguments.options.network);
    add_proxies(app, arguments);
    app.add_flag_callback(
           "-L,--location", [&arguments] { arguments.options.max_redirects = kRedirects; },
           "Follow redirects of the handshake, five at most")
        ->group(kNetwork);
    add_each(
        app, "--dns-servers",
        [&arguments](const std::string& servers) {
            arguments.options.resolver =
                std::make_shared<resolve::CaresResolver>(resolve::CaresOptions{.servers = servers});
        },
        "Ask these name servers instead of the system's: '127.0.0.1:5353'")
        ->type_name("LIST")
        ->group(kNetwork);
}

}  // namespace tautline::taut
