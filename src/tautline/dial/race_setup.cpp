// SPDX-License-Identifier: MIT
#include <tautline/dial/race_setup.hpp>

namespace tautline::dial {

eyeballs::RaceSetup machine_setup(const RaceSetup& setup, eyeballs::SessionKind session,
                                  bool http1_only) {
    eyeballs::RaceSetup machine{.config = setup.network,
                                .origin = {.host = setup.uri.host,
                                           .port = setup.uri.port,
                                           .secure = setup.uri.secure,
                                           .http1_only = http1_only}};
    machine.config.session = session;
    machine.config.ech = false;  // our TLS cannot do it: no record may be preferred for it
    machine.config.http_versions.http3 = false;  // there is no QUIC in here
    if (!h2::kBuiltIn) machine.config.http_versions.http2 = false;
    machine.config.resolution = eyeballs::Resolution::by_address;
    // A socks5 proxy wants addresses from us; all others resolve the name themselves.
    if (setup.proxy && setup.proxy->scheme != proxy::Scheme::socks5) {
        machine.config.resolution = eyeballs::Resolution::by_name;
    }
    return machine;
}

Instant patient_until(const RaceSetup& setup) {
    return setup.move_on_at >= setup.give_up_at ? setup.give_up_at : Instant::min();
}

RaceSetup setup_for_proxy(const RaceSetup& setup) {
    http::Uri uri;
    uri.secure = setup.proxy->scheme == proxy::Scheme::https;
    uri.host = setup.proxy->host;
    uri.port = setup.proxy->port;
    RaceSetup to_proxy{.uri = uri,
                       .offer = {.uri = uri},
                       .tls = setup.proxy_options.tls,
                       .head_limits = setup.head_limits,
                       .network = setup.network,
                       .resolver = setup.resolver,
                       .observed = setup.observed};
    to_proxy.network.http_versions = eyeballs::HttpVersions::only(eyeballs::HttpVersion::http1);
    to_proxy.network.alt_services.clear();
    return to_proxy;
}

// Who resolves names or gives credentials in a way of its own may lead elsewhere.
H2Pool::Origin origin_for(const RaceSetup& setup) {
    const bool authenticates = setup.proxy && setup.proxy_options.authenticate;
    return {.host = setup.uri.host,
            .port = setup.uri.port,
            .tls = setup.tls,
            .ip = setup.network.ip,
            .head_limits = setup.head_limits,
            .proxy = setup.proxy,
            .proxy_tls = setup.proxy_options.tls,
            .shared = !setup.resolver && !authenticates && setup.network.alt_services.empty()};
}

}  // namespace tautline::dial
