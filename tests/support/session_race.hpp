// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include <tests/support/race_scenario.hpp>

namespace tautline::test {

inline constexpr eyeballs::PeerSettings kExtendedConnect{.extended_connect = true};

inline eyeballs::NetworkConfig websocket() {
    eyeballs::NetworkConfig config;
    config.session = eyeballs::SessionKind::websocket;
    return config;
}

/// The first attempt has been made, to the first of these addresses.
inline Scenario started(std::initializer_list<std::string_view> v4,
                        eyeballs::NetworkConfig config = websocket()) {
    Scenario race(std::move(config));
    race.https({}).answer("AAAA", {}).answer("A", v4).skip();
    return race;
}

/// The host says that it has HTTP/3 too.
inline Scenario started_http3(eyeballs::NetworkConfig config) {
    Scenario race(std::move(config));
    race.https({record(1, "example.com", {"h3", "h2", "http/1.1"})})
        .answer("AAAA", {})
        .answer("A", {"192.0.2.1"});
    race.skip();
    return race;
}

}  // namespace tautline::test
