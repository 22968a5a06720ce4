// SPDX-License-Identifier: MIT
#include <tautline/base/ip_address.hpp>

#include <algorithm>
#include <span>

#include <tautline/base/parse_number.hpp>

namespace tautline {
namespace {

constexpr std::size_t kGroups = 8;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Reads a whole number of the base from all of `text`.
std::optional<unsigned> number(std::string_view text, int base, std::size_t digits, unsigned most) {
    if (text.size() > digits) return std::nullopt;
    const auto value = parse_number<unsigned>(text, base);
    return value && *value <= most ? value : std::nullopt;
}

std::optional<IpAddress::V4> parse_v4(std::string_view text) {
    IpAddress::V4 bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto dot = i + 1 < bytes.size() ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto part = text.substr(0, dot);
        const auto value = number(part, 10, 3, 255);
        if (!value || (part.size() > 1 && part.front() == '0')) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(*value);
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return bytes;
}

// Groups on one side of "::", as bytes. The last one may be an IPv4 address.
struct Groups {
    std::array<std::uint8_t, 2 * kGroups> bytes{};
    std::size_t size = 0;

    bool add(std::uint8_t byte) {
        if (size == bytes.size()) return false;
        bytes[size++] = byte;
        return true;
    }
    bool add_group(std::string_view text) {
        const auto value = number(text, 16, 4, 0xffff);
        return value && add(static_cast<std::uint8_t>(*value >> 8)) &&
               add(static_cast<std::uint8_t>(*value));
    }
    bool add_v4(std::string_view text) {
        const auto v4 = parse_v4(text);
        return v4 && std::ranges::all_of(*v4, [this](std::uint8_t byte) { return add(byte); });
    }
};

std::optional<Groups> parse_groups(std::string_view text, bool may_end_in_v4) {
    Groups groups;
    if (text.empty()) return groups;
    while (true) {
        const auto colon = text.find(':');
        const auto part = text.substr(0, colon);
        const bool last = colon == std::string_view::npos;
        const bool v4 = last && may_end_in_v4 && part.find('.') != std::string_view::npos;
        if (!(v4 ? groups.add_v4(part) : groups.add_group(part))) return std::nullopt;
        if (last) return groups;
        text.remove_prefix(colon + 1);
    }
}

std::optional<IpAddress::V6> parse_v6(std::string_view text) {
    const auto gap = text.find("::");
    const bool has_gap = gap != std::string_view::npos;
    const auto head = parse_groups(text.substr(0, gap), !has_gap);
    const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view{}, true);
    if (!head || !tail) return std::nullopt;
    const auto size = head->size + tail->size;
    // "::" stands for at least one group.
    if (has_gap ? size > 14 : size != 16) return std::nullopt;
    IpAddress::V6 bytes{};
    std::copy_n(head->bytes.begin(), head->size, bytes.begin());
    std::copy_n(tail->bytes.begin(), tail->size, bytes.end() - static_cast<long>(tail->size));
    return bytes;
}

std::string text_of(const IpAddress::V4& bytes) {
    std::string text;
    for (const auto byte : bytes) text += (text.empty() ? "" : ".") + std::to_string(byte);
    return text;
}

struct Gap {
    std::size_t begin = kGroups;
    std::size_t size = 1;  // a single zero group is written out (RFC 5952 4.2.2)
};

Gap longest_gap(const std::array<unsigned, kGroups>& groups) {
    Gap best;
    for (std::size_t begin = 0; begin < kGroups;) {
        auto end = begin;
        while (end < kGroups && groups[end] == 0) ++end;
        if (end - begin > best.size) best = {begin, end - begin};
        begin = end + 1;
    }
    return best;
}

std::string text_of(const IpAddress::V6& bytes) {
    std::array<unsigned, kGroups> groups{};
    for (std::size_t i = 0; i < kGroups; ++i) groups[i] = bytes[2 * i] * 256U + bytes[2 * i + 1];
    const auto gap = longest_gap(groups);
    std::string text;
    for (std::size_t i = 0; i < kGroups; ++i) {
        if (i == gap.begin) {
            text += "::";
            i += gap.size - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        std::array<char, 4> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
        text.append(digits.data(), end);
    }
    return text;
}

}  // namespace

IpAddress::IpAddress(const V4& bytes) : family_(IpFamily::v4) {
    std::ranges::copy(kMappedPrefix, bytes_.begin());
    std::ranges::copy(bytes, bytes_.begin() + kMappedPrefix.size());
}

IpAddress::IpAddress(const V6& bytes) : family_(IpFamily::v6), bytes_(bytes) {}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.find(':') == std::string_view::npos) {
        if (const auto v4 = parse_v4(text)) return IpAddress(*v4);
        return std::nullopt;
    }
    if (const auto v6 = parse_v6(text)) return IpAddress(*v6);
    return std::nullopt;
}

IpAddress::V4 IpAddress::v4() const {
    V4 bytes{};
    std::copy(bytes_.begin() + kMappedPrefix.size(), bytes_.end(), bytes.begin());
    return bytes;
}

std::string IpAddress::to_string() const { return is_v6() ? text_of(bytes_) : text_of(v4()); }

std::string IpEndpoint::to_string() const {
    const auto text = address.to_string();
    return (address.is_v6() ? "[" + text + "]:" : text + ":") + std::to_string(port);
}

}  // namespace tautline
