// SPDX-License-Identifier: MIT
#include <string>
#include <utility>

#include <tautline/proto/proxy/route.hpp>
#include <tautline/resolve/cares_resolver.hpp>

#include "option_parsers.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kNetwork = "Network";
constexpr int kRedirects = 5;

// What --proxy and --noproxy say together; they may come in any order.
struct ProxyChoice {
    std::string routes;
    std::string no_proxy;
};

void choose_proxies(ConnectArguments& arguments, const ProxyChoice& choice) {
    auto routes = proxy::parse_routes(choice.routes.empty() ? "DIRECT" : choice.routes);
    if (!routes) {
        throw CLI::ValidationError("--proxy", std::string(proxy::message_for(routes.error())));
    }
    arguments.options.proxies = proxy::Selector(std::move(*routes), choice.no_proxy);
}

void add_proxies(CLI::App& app, ConnectArguments& arguments) {
    auto choice = std::make_shared<ProxyChoice>();
    arguments.options.proxies = proxies_from_environment();
    add_each(
        app, "-x,--proxy",
        [&arguments, choice](const std::string& text) {
            choice->routes = text;
            choose_proxies(arguments, *choice);
        },
        "Go through this proxy: http, https, socks5 or socks5h, as URL; or a list that is tried\n"
        "in order: 'http://a:3128; DIRECT'. Default: ws_proxy, wss_proxy, http_proxy,\n"
        "https_proxy, all_proxy of the environment. '' goes straight")
        ->type_name("URL")
        ->group(kNetwork);
    add_each(
        app, "--noproxy",
        [&arguments, choice](const std::string& text) {
            choice->no_proxy = text;
            if (text == "*" || !choice->routes.empty()) choose_proxies(arguments, *choice);
        },
        "Hosts that --proxy is not for: names, suffixes, addresses, networks; '*' is all")
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
