// SPDX-License-Identifier: MIT
#include <tautline/client/backoff.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tautline::client {

namespace {

// A fraction of `whole`, from 0 up to nearly all of it: the 53 bits that a double holds exactly.
Duration random_part(Duration whole, RandomBytes& random) {
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    random.fill(bytes);
    const auto drawn = static_cast<double>(std::bit_cast<std::uint64_t>(bytes) >> 11);
    const double fraction = drawn / static_cast<double>(std::uint64_t{1} << 53);
    return Duration(static_cast<Duration::rep>(static_cast<double>(whole.count()) * fraction));
}

}  // namespace

Duration Backoff::next(RandomBytes& random) {
    const Duration delay = random_part(ceiling_, random);
    ++attempts_;
    // Compared before it is converted: the product may be more than a Duration holds.
    const double grown = static_cast<double>(ceiling_.count()) * options_.multiplier;
    const bool below = grown < static_cast<double>(options_.max_delay.count());
    ceiling_ = below ? Duration(static_cast<Duration::rep>(grown)) : options_.max_delay;
    return delay;
}

// What all are told alike would bring them back together.
Duration Backoff::after_refusal(Duration asked, RandomBytes& random) const {
    return asked + random_part(std::max(options_.first_delay, asked / 10), random);
}

// The registry of close codes for 1012: 5 to 30 s at random.
Duration Backoff::after_restart(RandomBytes& random) const {
    const Duration most = std::min<Duration>(options_.max_delay, std::chrono::seconds(30));
    const Duration least = most / 6;
    return least + random_part(most - least, random);
}

void Backoff::connection_lasted(Duration duration) {
    if (duration < options_.healthy_after) return;
    attempts_ = 0;
    ceiling_ = options_.first_delay;
}

}  // namespace tautline::client
