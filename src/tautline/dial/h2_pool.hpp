// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/dial/h2_client.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/proxy/proxy_url.hpp>
#include <tautline/transport/tls_options.hpp>

namespace tautline::dial {

/// What a loop knows of the origins that its clients have been to: open HTTP/2 connections that
/// take further WebSockets, and origins whose HTTP/2 cannot carry any.
///
/// Only calls with equal TLS options, by an equal way, share a connection: another trust, identity
/// or proxy user is another client.
/// Limits: remembers 256 origins for an hour, the oldest is forgotten.
/// Lifetime: part of its loop (`io::part_of`).
/// Threads: those of the loop.
class H2Pool {
public:
    struct Origin {
        std::string host;
        std::uint16_t port;
        TlsClientOptions tls;
        eyeballs::IpMode ip = eyeballs::IpMode::dual_stack;
        http::HeadLimits head_limits = {};
        std::optional<proxy::ProxyUrl> proxy = std::nullopt;
        TlsClientOptions proxy_tls = {};
        /// Otherwise the way there cannot be compared: nothing is remembered, nobody else rides.
        bool shared = true;
        friend bool operator==(const Origin&, const Origin&) = default;
    };

    /// Gives `client` to the loop's registry, where it lives as long as its streams, and to others.
    void add(const Origin& origin, const std::shared_ptr<H2Client>& client);
    /// A connection that takes a WebSocket now, or null.
    [[nodiscard]] std::shared_ptr<H2Client> find(const Origin& origin);

    void remember_http1_only(const Origin& origin, Instant now);
    [[nodiscard]] bool is_http1_only(const Origin& origin, Instant now) const;

private:
    struct Open {
        Origin origin;
        std::weak_ptr<H2Client> client;
    };
    struct Http1Only {
        Origin origin;
        Instant until;
    };

    std::vector<Open> open_;
    std::vector<Http1Only> http1_only_;
};

}  // namespace tautline::dial
