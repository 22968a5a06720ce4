// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/keepalive.hpp>

#include <algorithm>
#include <utility>

namespace tautline::websocket {

Keepalive::Answer Keepalive::receive_pong(Bytes payload, Instant now) {
    if (application_pings_) {
        if (const auto round_trip = application_pings_->settle(payload, now)) {
            return {true, round_trip};
        }
    }
    if (unanswered_ && std::ranges::equal(payload, ping_payload())) {
        unanswered_ = false;
        return {false, now - pinged_at_};
    }
    return {false, std::nullopt};
}

void Keepalive::send_ping(Bytes payload, Instant now) {
    if (!application_pings_) application_pings_ = std::make_unique<PingTable>();
    application_pings_->add(payload, now);
}

void Keepalive::set_reading(bool reading, Instant now) {
    if (std::exchange(reading_, reading) || !reading) return;
    receive_bytes(now);
}

std::optional<Instant> Keepalive::next_timeout(const ConnectionOptions& options) const {
    if (!reading_) return std::nullopt;
    if (waiting_) return pinged_at_ + options.pong_timeout;
    if (!options.ping_interval) return std::nullopt;
    return heard_at_ + *options.ping_interval;
}

Keepalive::Action Keepalive::handle_timeout(Instant now, const ConnectionOptions& options) {
    const auto due = next_timeout(options);
    if (!due || now < *due) return Action::none;
    if (waiting_) return Action::dead;
    waiting_ = true;
    unanswered_ = true;
    pinged_at_ = now;
    ++ping_number_;
    return Action::ping;
}

std::array<std::byte, 4> Keepalive::ping_payload() const {
    std::array<std::byte, 4> payload{};
    for (std::size_t i = 0; i < payload.size(); ++i) {
        payload[i] = static_cast<std::byte>(ping_number_ >> (24 - 8 * i) & 0xff);
    }
    return payload;
}

bool Keepalive::at_rest() const {
    const bool asked = application_pings_ && application_pings_->size() > 0;
    return reading_ && !waiting_ && !unanswered_ && !asked;
}

}  // namespace tautline::websocket
