// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>

namespace tautline::websocket {

/// The Pings of the application that wait for their Pong.
///
/// Limits: 16; one more and the oldest is forgotten.
class PingTable {
public:
    static constexpr std::size_t kMaxPings = 16;

    void add(Bytes payload, Instant sent_at);
    /// Takes the oldest Ping with this payload, and all before it, out of the table. Returns how
    /// long the answer took; std::nullopt when no such Ping waits.
    [[nodiscard]] std::optional<Duration> settle(Bytes payload, Instant now);
    [[nodiscard]] std::size_t size() const { return pings_.size(); }

private:
    struct Ping {
        std::string payload;
        Instant sent_at;
    };
    std::deque<Ping> pings_;
};

}  // namespace tautline::websocket
