// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

#include <tautline/base/ip_address.hpp>
#include <tautline/transport/socket_address.hpp>

namespace tautline::server {

/// How many connections each address may have open at a server, over all its threads.
///
/// IPv6 counts by the first 64 bits: as many addresses as one likes belong to one customer.
/// Threads: any.
class AddressLimit {
public:
    using Key = IpAddress::V6;

    /// What connections from `peer` are counted by: the same for those of one address. Nothing for
    /// sockets that have none.
    [[nodiscard]] static std::optional<Key> key_for(const transport::SocketAddress& peer);

    /// 0: as many as like.
    explicit AddressLimit(std::size_t most) : most_(most) {}

    [[nodiscard]] bool counts() const { return most_ != 0; }
    /// Counts one more connection, if there is room.
    [[nodiscard]] bool take(const Key& key);
    void give_back(const Key& key);

private:
    const std::size_t most_;
    std::mutex mutex_;
    std::map<Key, std::size_t> open_;
};

}  // namespace tautline::server
