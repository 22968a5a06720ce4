// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tautline {

enum class IpFamily : std::uint8_t { v4, v6 };

/// An IPv4 or IPv6 address as a value, without a zone.
class IpAddress {
public:
    using V4 = std::array<std::uint8_t, 4>;
    using V6 = std::array<std::uint8_t, 16>;

    explicit IpAddress(const V4& bytes);
    explicit IpAddress(const V6& bytes);

    /// Reads "192.0.2.1" or "2001:db8::1" (RFC 4291 2.2, without brackets and zone). Each part of
    /// IPv4 is decimal without leading zeros. Nothing else is an address.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] IpFamily family() const { return family_; }
    [[nodiscard]] bool is_v6() const { return family_ == IpFamily::v6; }
    /// The bytes in network order; IPv4 in the form of RFC 4291 2.5.5.2 (::ffff:a.b.c.d).
    [[nodiscard]] const V6& mapped() const { return bytes_; }
    /// The last four bytes: the address when it is IPv4.
    [[nodiscard]] V4 v4() const;
    /// The canonical text (RFC 5952), without brackets.
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    IpFamily family_;
    V6 bytes_{};
};

/// An address and a port.
struct IpEndpoint {
    IpAddress address;
    std::uint16_t port = 0;

    /// "192.0.2.1:443" or "[2001:db8::1]:443".
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const IpEndpoint&, const IpEndpoint&) = default;
};

}  // namespace tautline
