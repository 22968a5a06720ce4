// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <tautline/observe/event.hpp>

namespace tautline::observe {

/// How often something has happened since the beginning.
struct Counters {
    std::uint64_t calls_started = 0;      ///< By clients; one call may make many attempts.
    std::uint64_t calls_failed = 0;       ///< That did not open.
    std::uint64_t requests_received = 0;  ///< By servers, for WebSockets and for plain answers.
    std::uint64_t requests_refused = 0;   ///< Answered with 400 or more.
    std::uint64_t websockets_opened = 0;
    std::uint64_t websockets_closed = 0;
    std::uint64_t websockets_broken = 0;  ///< Of those closed: without a Close from both sides.
    std::uint64_t messages_received = 0;
    std::uint64_t messages_sent = 0;
    std::uint64_t message_bytes_received = 0;  ///< Of payload, before compression.
    std::uint64_t message_bytes_sent = 0;
    std::uint64_t pings_received = 0;
    std::uint64_t pings_sent = 0;
    std::uint64_t pongs_received = 0;
    std::uint64_t pongs_sent = 0;  ///< As `PongSent`.
    std::uint64_t handlers_threw = 0;
    std::uint64_t tls_failed = 0;           ///< Handshakes of clients and of servers.
    std::uint64_t connections_refused = 0;  ///< By servers, as `ConnectionRefused`.

    bool operator==(const Counters&) const = default;
};

/// Writes them in the text format of Prometheus, version 0.0.4, with the number of open WebSockets.
[[nodiscard]] std::string to_prometheus(const Counters& counters);

/// What an answer with `to_prometheus` has as its Content-Type.
inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

/// Counts what servers and clients do: one may observe many of them.
///
/// Threads: any. Each counts for itself, so that no message waits for another thread; counting
/// allocates once per thread.
class Metrics final : public Observer {
public:
    Metrics();

    void observe(const Event& event, Stamp stamp) override;

    /// The sum over all threads. While others count, counters may differ by what is under way.
    [[nodiscard]] Counters counters() const;

private:
    struct alignas(64) Share {
        Counters counters;
    };

    [[nodiscard]] Counters& share_of_this_thread();

    const std::uint64_t number_;  // Tells it from all others of the process, dead ones included.
    mutable std::mutex mutex_;    // Of the map, not of what is in it.
    mutable std::map<std::thread::id, Share> shares_;
};

}  // namespace tautline::observe
