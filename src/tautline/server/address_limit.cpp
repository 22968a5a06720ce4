// SPDX-License-Identifier: MIT
#include <tautline/server/address_limit.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

#include <tautline/base/assert.hpp>

namespace tautline::server {

namespace {

constexpr std::size_t kNetworkBytes = 8;

}  // namespace

std::optional<AddressLimit::Key> AddressLimit::key_for(const transport::SocketAddress& peer) {
    const auto endpoint = peer.endpoint();
    if (!endpoint) return std::nullopt;
    auto key = endpoint->address.mapped();
    // As which an IPv6 socket sees IPv4, is that.
    const bool v4 = key == IpAddress(endpoint->address.v4()).mapped();
    if (!v4) std::ranges::fill(std::span(key).subspan(kNetworkBytes), std::uint8_t{0});
    return key;
}

bool AddressLimit::take(const Key& key) {
    const std::lock_guard lock(mutex_);
    std::size_t& open = open_[key];
    if (open == most_) return false;
    ++open;
    return true;
}

void AddressLimit::give_back(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto place = open_.find(key);
    TAUTLINE_ASSERT(place != open_.end());
    if (--place->second == 0) open_.erase(place);
}

}  // namespace tautline::server
