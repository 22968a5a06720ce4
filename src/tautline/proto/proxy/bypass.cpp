// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/bypass.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

#include <tautline/base/ascii.hpp>
#include <tautline/base/ip_address.hpp>

namespace tautline::proxy {

namespace {

constexpr std::string_view kSeparators = " \t,";

// The length of the common prefix, after the '/'. As in curl, no number means 0, and text after the
// number is ignored.
std::optional<unsigned> read_prefix_length(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
    unsigned length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error == std::errc::result_out_of_range) return std::nullopt;
    return length;
}

bool share_prefix(const IpAddress& a, const IpAddress& b, unsigned bits) {
    // IPv4 stands in the last four bytes.
    const std::size_t first = a.is_v6() ? 0 : 12;
    const std::size_t whole = first + bits / 8;
    if (!std::equal(a.mapped().begin(), a.mapped().begin() + static_cast<std::ptrdiff_t>(whole),
                    b.mapped().begin())) {
        return false;
    }
    if (bits % 8 == 0) return true;
    const unsigned difference = static_cast<unsigned>(a.mapped()[whole] ^ b.mapped()[whole]);
    return difference >> (8 - bits % 8) == 0;
}

bool names_address(std::string_view entry, const IpAddress& host) {
    const auto slash = std::min(entry.find('/'), entry.size());
    const auto network = IpAddress::parse(without_brackets(entry.substr(0, slash)));
    if (!network || network->family() != host.family()) return false;
    const unsigned all = host.is_v6() ? 128 : 32;
    const auto length = slash == entry.size() ? 0 : read_prefix_length(entry.substr(slash + 1));
    if (!length || *length > all) return false;
    return share_prefix(*network, host, *length == 0 ? all : *length);
}

std::string_view without_last_dot(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool names_host(std::string_view entry, std::string_view host) {
    entry = without_last_dot(entry);
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry.empty() || entry.size() > host.size()) return false;
    const std::size_t front = host.size() - entry.size();
    if (front > 0 && host[front - 1] != '.') return false;
    return equal_ignoring_case(entry, host.substr(front));
}

}  // namespace

bool is_bypassed(std::string_view no_proxy, std::string_view host) {
    if (no_proxy == "*") return true;
    host = without_brackets(host);
    const auto address = IpAddress::parse(host);
    host = without_last_dot(host);
    while (!no_proxy.empty()) {
        const auto entry =
            no_proxy.substr(0, std::min(no_proxy.find_first_of(kSeparators), no_proxy.size()));
        no_proxy.remove_prefix(std::min(entry.size() + 1, no_proxy.size()));
        if (address ? names_address(entry, *address) : names_host(entry, host)) return true;
    }
    return false;
}

}  // namespace tautline::proxy
