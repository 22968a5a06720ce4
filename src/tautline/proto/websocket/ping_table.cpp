// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/ping_table.hpp>

#include <algorithm>
#include <iterator>

namespace tautline::websocket {

void PingTable::add(Bytes payload, Instant sent_at) {
    if (pings_.size() == kMaxPings) pings_.pop_front();
    pings_.push_back({std::string(as_text(payload)), sent_at});
}

std::optional<Duration> PingTable::settle(Bytes payload, Instant now) {
    const auto ping = std::ranges::find(pings_, as_text(payload), &Ping::payload);
    if (ping == pings_.end()) return std::nullopt;
    const Duration round_trip = now - ping->sent_at;
    // RFC 6455 section 5.5.3: a peer may answer the latest of several Pings only.
    pings_.erase(pings_.begin(), std::next(ping));
    return round_trip;
}

}  // namespace tautline::websocket
