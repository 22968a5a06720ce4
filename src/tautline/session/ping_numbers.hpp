// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>

namespace tautline::session {

/// Tells which Pings of an application have their Pong: each carries a number.
class PingNumbers {
public:
    using Number = std::uint64_t;

    [[nodiscard]] Number begin() { return ++last_; }
    /// What a Ping carries; valid as long as `number`.
    [[nodiscard]] static Bytes payload_of(const Number& number) {
        return std::as_bytes(std::span(&number, 1));
    }
    /// Takes the payload of a Pong, whose round trip is only known when it answers a Ping of ours.
    /// Returns whether it was one of these.
    bool receive_pong(Bytes payload, std::optional<Duration> round_trip) {
        Number number = 0;
        if (!round_trip || payload.size() != sizeof number) return false;
        std::memcpy(&number, payload.data(), sizeof number);
        // Eight bytes of another Ping, one of the application's own, are hardly one of ours.
        if (number == 0 || number > last_) return false;
        // Not of one that a later Pong has settled.
        if (number >= answered_) round_trip_ = *round_trip;
        answered_ = std::max(answered_, number);
        return true;
    }
    /// A Pong settles the Pings before it too (RFC 6455 section 5.5.3).
    [[nodiscard]] bool answered(Number number) const { return answered_ >= number; }
    /// Of the latest Ping that was answered.
    [[nodiscard]] Duration round_trip() const { return round_trip_; }

private:
    Number last_ = 0;
    Number answered_ = 0;
    Duration round_trip_{};
};

}  // namespace tautline::session
