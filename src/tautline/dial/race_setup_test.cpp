// SPDX-License-Identifier: MIT
#include <tautline/dial/race_setup.hpp>

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace tautline::dial {
namespace {

using eyeballs::HttpVersion;
using eyeballs::HttpVersions;
using eyeballs::Resolution;
using eyeballs::SessionKind;

RaceSetup setup(const std::string& proxy = "") {
    RaceSetup setup{};
    setup.uri = *http::parse_uri("wss://example.org:8443/chat");
    if (!proxy.empty()) setup.proxy = *proxy::parse_proxy_url(proxy);
    return setup;
}

eyeballs::NetworkConfig config_for(const RaceSetup& setup) {
    return machine_setup(setup, SessionKind::websocket, false).config;
}

TEST(MachineSetup, NamesTheOriginAndTheSession) {
    const auto machine = machine_setup(setup(), SessionKind::websocket, true);

    EXPECT_EQ(machine.origin.host, "example.org");
    EXPECT_EQ(machine.origin.port, 8443);
    EXPECT_TRUE(machine.origin.secure);
    EXPECT_TRUE(machine.origin.http1_only);
    EXPECT_EQ(machine.config.session, SessionKind::websocket);
}

TEST(MachineSetup, HasNoHttp3AsThereIsNoQuic) {
    RaceSetup all = setup();
    all.network.http_versions = {};
    EXPECT_FALSE(config_for(all).http_versions.http3);

    all.network.http_versions = HttpVersions::only(HttpVersion::http3);
    EXPECT_FALSE(config_for(all).http_versions.any());
}

TEST(MachineSetup, ReliesOnNoEch) { EXPECT_FALSE(config_for(setup()).ech); }

TEST(MachineSetup, ResolvesNamesItselfWithoutAProxy) {
    for (const auto asked : {Resolution::by_name, Resolution::by_name_with_https}) {
        RaceSetup direct = setup();
        direct.network.resolution = asked;

        EXPECT_EQ(config_for(direct).resolution, Resolution::by_address);
    }
}

TEST(MachineSetup, LeavesNamesToEveryProxyThatResolvesThem) {
    EXPECT_EQ(config_for(setup("http://p:1")).resolution, Resolution::by_name);
    EXPECT_EQ(config_for(setup("socks5h://p:1")).resolution, Resolution::by_name);
    EXPECT_EQ(config_for(setup("socks5://p:1")).resolution, Resolution::by_address);
}

TEST(PatientUntil, IsTheEndOnTheLastRouteOnly) {
    using namespace std::chrono_literals;
    RaceSetup last = setup();
    last.give_up_at = Instant(10s);
    RaceSetup first = last;
    first.move_on_at = Instant(5s);

    EXPECT_EQ(patient_until(last), Instant(10s));
    EXPECT_EQ(patient_until(first), Instant::min());
}

TEST(SetupForProxy, GoesStraightToTheProxyOverHttp1) {
    RaceSetup through = setup("https://proxy.example:3128");
    through.network.resolution = Resolution::by_name;
    through.network.alt_services = {{HttpVersion::http2, "alt.example", 1}};
    through.proxy_options.tls.server_name = "proxy";

    const auto to_proxy = setup_for_proxy(through);

    EXPECT_EQ(to_proxy.uri.host, "proxy.example");
    EXPECT_EQ(to_proxy.uri.port, 3128);
    EXPECT_TRUE(to_proxy.uri.secure);
    EXPECT_FALSE(to_proxy.proxy);
    EXPECT_EQ(to_proxy.tls.server_name, "proxy");
    EXPECT_EQ(config_for(to_proxy).resolution, Resolution::by_address);
    EXPECT_EQ(to_proxy.network.http_versions, HttpVersions::only(HttpVersion::http1));
    EXPECT_TRUE(to_proxy.network.alt_services.empty());
}

TEST(OriginFor, IsSharedByEqualCalls) {
    EXPECT_TRUE(origin_for(setup()).shared);
    EXPECT_EQ(origin_for(setup()), origin_for(setup()));
    EXPECT_NE(origin_for(setup()), origin_for(setup("http://p:1")));
}

TEST(OriginFor, IsNotSharedWhereTheWayCannotBeCompared) {
    RaceSetup alternative = setup();
    alternative.network.alt_services = {{HttpVersion::http2, "", 1}};
    RaceSetup asking = setup("http://p:1");
    asking.proxy_options.authenticate = [](const auto&, const auto&) { return std::nullopt; };
    resolve::StaticResolver own;
    RaceSetup resolving = setup();
    resolving.resolver = &own;

    EXPECT_FALSE(origin_for(alternative).shared);
    EXPECT_FALSE(origin_for(asking).shared);
    EXPECT_FALSE(origin_for(resolving).shared);
}

}  // namespace
}  // namespace tautline::dial
