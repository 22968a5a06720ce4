// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/nat64.hpp>

#include <algorithm>

namespace tautline::eyeballs {

namespace {

constexpr std::ptrdiff_t kPrefixBytes = 12;

}  // namespace

IpAddress synthesised(const IpAddress& address, const IpAddress& prefix) {
    if (address.is_v6()) return address;
    IpAddress::V6 bytes = prefix.mapped();
    std::ranges::copy(address.v4(), bytes.begin() + kPrefixBytes);
    return IpAddress(bytes);
}

std::optional<IpAddress> embedded_v4(const IpAddress& address,
                                     const std::optional<IpAddress>& prefix) {
    if (!prefix || !address.is_v6()) return std::nullopt;
    const IpAddress::V6& bytes = address.mapped();
    if (!std::equal(bytes.begin(), bytes.begin() + kPrefixBytes, prefix->mapped().begin())) {
        return std::nullopt;
    }
    return IpAddress(IpAddress::V4{bytes[12], bytes[13], bytes[14], bytes[15]});
}

}  // namespace tautline::eyeballs
