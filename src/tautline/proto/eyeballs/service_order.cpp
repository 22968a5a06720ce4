// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/service_order.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include <tautline/base/big_endian.hpp>
#include <tautline/proto/eyeballs/stable_sort.hpp>

namespace tautline::eyeballs {

namespace {

std::uint32_t draw(RandomBytes& random) {
    std::array<std::byte, 4> bytes{};
    random.fill(bytes);
    return static_cast<std::uint32_t>(read_big_endian(bytes));
}

// Fisher and Yates. The remainder favours nobody by more than one in 2^32 / max_records.
void shuffle(std::span<dns::ServiceRecord> records, RandomBytes& random) {
    for (std::size_t left = records.size(); left > 1; --left) {
        std::swap(records[left - 1], records[draw(random) % left]);
    }
}

void shuffle_equals(std::span<dns::ServiceRecord> records, RandomBytes& random) {
    while (!records.empty()) {
        const auto other = std::ranges::find_if(records, [&](const dns::ServiceRecord& record) {
            return record.priority != records.front().priority;
        });
        const auto count = static_cast<std::size_t>(other - records.begin());
        shuffle(records.first(count), random);
        records = records.subspan(count);
    }
}

void bring_in_form(dns::ServiceRecord& record, const NetworkConfig& config) {
    record.target = normal_name(record.target);
    for (std::vector<IpAddress>* hints : {&record.ipv4_hints, &record.ipv6_hints}) {
        if (hints->size() > config.max_addresses) {
            hints->erase(hints->begin() + static_cast<std::ptrdiff_t>(config.max_addresses),
                         hints->end());
        }
    }
    if (!config.ech) record.ech.clear();
}

}  // namespace

HttpVersions versions_of(const dns::ServiceRecord& record, const HttpVersions& enabled) {
    const auto names = [&](std::string_view id) {
        return std::ranges::find(record.alpn, id) != record.alpn.end();
    };
    return {.http1 = enabled.http1 && names("http/1.1"),
            .http2 = enabled.http2 && names("h2"),
            .http3 = enabled.http3 && names("h3")};
}

std::vector<dns::ServiceRecord> order_services(std::vector<dns::ServiceRecord> records,
                                               const NetworkConfig& config, RandomBytes& random) {
    if (records.size() > config.max_records) records.resize(config.max_records);
    for (dns::ServiceRecord& record : records) bring_in_form(record, config);
    std::erase_if(records, [&](const dns::ServiceRecord& record) {
        // A target is a name; one that looks like an address is no way to make us go there.
        return record.target.empty() || IpAddress::parse(record.target) ||
               !versions_of(record, config.http_versions).any();
    });
    const auto has_ech = [](const dns::ServiceRecord& record) { return !record.ech.empty(); };
    // A record in the clear beside one with ECH would let an attacker choose the clear one.
    if (std::ranges::any_of(records, has_ech)) std::erase_if(records, std::not_fn(has_ech));
    sort_stably(records, &dns::ServiceRecord::priority);
    // RFC 9460 section 2.4.1: records of equal priority are tried in random order.
    shuffle_equals(records, random);
    return records;
}

}  // namespace tautline::eyeballs
