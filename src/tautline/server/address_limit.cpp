// SPDX-License-Identifier: MIT
#include <tautline/server/address_limit.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include <netinet/in.h>

#include <tautline/base/assert.hpp>

namespace tautline::server {

namespace {

// Of the address that stands at `offset` in the system's form.
template <typename Address>
Address address_at(const sockaddr_storage& storage, std::size_t offset) {
    Address bytes;
    std::memcpy(bytes.data(), reinterpret_cast<const char*>(&storage) + offset, bytes.size());
    return bytes;
}

constexpr std::size_t kNetworkBytes = 8;

}  // namespace

std::optional<AddressLimit::Key> AddressLimit::key_for(const transport::SocketAddress& peer) {
    const sockaddr_storage& storage = peer.storage;
    if (storage.ss_family == AF_INET) {
        const auto v4 = address_at<IpAddress::V4>(storage, offsetof(sockaddr_in, sin_addr));
        return IpAddress(v4).mapped();
    }
    if (storage.ss_family != AF_INET6) return std::nullopt;
    auto key = address_at<IpAddress::V6>(storage, offsetof(sockaddr_in6, sin6_addr));
    // As which an IPv6 socket sees IPv4, is that.
    const bool v4 = key == IpAddress(IpAddress::V4{key[12], key[13], key[14], key[15]}).mapped();
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
