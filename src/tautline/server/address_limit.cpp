// SPDX-License-Identifier: MIT
#include <tautline/server/address_limit.hpp>

#include <algorithm>
#include <cstring>
#include <span>

#include <netinet/in.h>

#include <tautline/base/assert.hpp>

namespace tautline::server {

namespace {

// RFC 4291 section 2.5.5.2: as which an IPv6 socket sees IPv4.
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kNetworkBytes = 8;

}  // namespace

std::optional<AddressLimit::Key> AddressLimit::key_for(const transport::SocketAddress& peer) {
    Key key{};
    if (peer.storage.ss_family == AF_INET) {
        sockaddr_in address;
        std::memcpy(&address, &peer.storage, sizeof(address));
        std::ranges::copy(kMappedPrefix, key.begin());
        std::memcpy(&key[kMappedPrefix.size()], &address.sin_addr, sizeof(address.sin_addr));
        return key;
    }
    if (peer.storage.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 address;
    std::memcpy(&address, &peer.storage, sizeof(address));
    std::memcpy(key.data(), &address.sin6_addr, sizeof(address.sin6_addr));
    const bool mapped = std::ranges::equal(kMappedPrefix, std::span(key).first<12>());
    if (!mapped) std::ranges::fill(std::span(key).subspan(kNetworkBytes), std::uint8_t{0});
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
