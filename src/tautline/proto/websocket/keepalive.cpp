// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/keepalive.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/big_endian.hpp>
#include <tautline/base/deadline.hpp>

namespace tautline::websocket {

Keepalive::Answer Keepalive::receive_pong(Bytes payload, Instant now) {
    if (application_pings_) {
        if (const auto round_trip = application_pings_->settle(payload, now)) {
            return {true, round_trip};
        }
    }
    if (unanswered_ && std::ranges::equal(payload, ping_payload())) {
        unanswered_ = false;
        return {false, now - spoke_at_};
    }
    return {false, std::nullopt};
}

void Keepalive::send_ping(Bytes payload, Instant now) {
    if (!application_pings_) application_pings_ = std::make_unique<PingTable>();
    application_pings_->add(payload, now);
}

void Keepalive::set_reading(bool reading, Instant now) {
    if (std::exchange(reading_, reading) == reading) return;
    if (reading) return receive_bytes(now);
    waiting_ = unanswered_ = false;
    // Many short pauses are like a long one.
    if (!std::exchange(paused_, true)) spoke_at_ = now;
}

std::optional<Instant> Keepalive::next_timeout(const ConnectionOptions& options) const {
    if (!options.ping_interval) return std::nullopt;
    std::optional<Instant> speak_by;
    if (paused_) speak_by = spoke_at_ + *options.ping_interval / 2;
    if (!reading_) return speak_by;
    const Instant judge_at =
        waiting_ ? spoke_at_ + options.pong_timeout : heard_at_ + *options.ping_interval;
    return earlier(judge_at, speak_by);
}

Keepalive::Action Keepalive::handle_timeout(Instant now, const ConnectionOptions& options) {
    const auto due = next_timeout(options);
    if (!due || now < *due) return Action::none;
    if (waiting_) return Action::dead;
    spoke_at_ = now;
    if (!reading_) return Action::pong;
    paused_ = false;
    waiting_ = true;
    unanswered_ = true;
    ++ping_number_;
    return Action::ping;
}

std::array<std::byte, 4> Keepalive::ping_payload() const {
    std::array<std::byte, 4> payload{};
    write_big_endian(ping_number_, payload);
    return payload;
}

bool Keepalive::at_rest(const ConnectionOptions& options) const {
    const bool asked = application_pings_ && application_pings_->size() > 0;
    const bool owes_a_word = paused_ && options.ping_interval;
    return reading_ && !owes_a_word && !waiting_ && !unanswered_ && !asked;
}

}  // namespace tautline::websocket
