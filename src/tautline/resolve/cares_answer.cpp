// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_answer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include <ares.h>

#include <tautline/proto/dns/negative_ttl.hpp>
#include <tautline/proto/dns/record_reader.hpp>
#include <tautline/proto/dns/service_answer.hpp>
#include <tautline/proto/dns/wire_name.hpp>

namespace tautline::resolve {

namespace {

using eyeballs::Answer;
using eyeballs::RecordType;

constexpr int kMaxAddresses = 256;  // of an answer

// What c-ares calls the addresses of an answer: its functions and structures of a family.
struct V4 {
    using Entry = ares_addrttl;
    static constexpr auto parse = ares_parse_a_reply;
    static const void* bytes(const Entry& entry) { return &entry.ipaddr; }
    using Bytes = IpAddress::V4;
};
struct V6 {
    using Entry = ares_addr6ttl;
    static constexpr auto parse = ares_parse_aaaa_reply;
    static const void* bytes(const Entry& entry) { return &entry.ip6addr; }
    using Bytes = IpAddress::V6;
};

template <typename Family>
Brought addresses_of(Bytes message) {
    std::array<typename Family::Entry, kMaxAddresses> entries{};
    int count = kMaxAddresses;
    const auto* data = reinterpret_cast<const unsigned char*>(message.data());
    const int status =
        Family::parse(data, static_cast<int>(message.size()), nullptr, entries.data(), &count);
    if (status == ARES_ENODATA) return {std::vector<IpAddress>(), Finding::empty};
    if (status != ARES_SUCCESS) return {failed(ares_strerror(status))};
    std::vector<IpAddress> addresses;
    int ttl = entries.front().ttl;
    for (const auto& entry : std::span(entries).first(static_cast<std::size_t>(count))) {
        typename Family::Bytes bytes{};
        std::memcpy(bytes.data(), Family::bytes(entry), bytes.size());
        addresses.emplace_back(bytes);
        ttl = std::min(ttl, entry.ttl);
    }
    return {std::move(addresses), Finding::exists, std::chrono::seconds(std::max(ttl, 0))};
}

Brought services_of(Bytes message, RandomBytes& random) {
    const auto name = dns::read_name(message, dns::kHeaderBytes, dns::Compression::refused);
    auto answer = dns::read_service_answer(message, name ? name->text : "");
    if (!answer) return {failed(std::string(dns::message_for(answer.error())))};
    const std::chrono::seconds lifetime(answer->ttl_seconds);
    if (!answer->aliases.empty()) {
        return {eyeballs::Alias{dns::choose_alias(answer->aliases, random)}, Finding::exists,
                lifetime};
    }
    const auto finding = answer->records.empty() ? Finding::empty : Finding::exists;
    return {std::move(answer->records), finding, lifetime};
}

Brought read_status(int status, RecordType type, Bytes message, RandomBytes& random) {
    if (status == ARES_ENOTFOUND) return {nothing(type), Finding::no_such_name};
    if (status == ARES_ENODATA) return {nothing(type), Finding::empty};
    if (status != ARES_SUCCESS) return {failed(ares_strerror(status))};
    switch (type) {
        case RecordType::a: return addresses_of<V4>(message);
        case RecordType::aaaa: return addresses_of<V6>(message);
        case RecordType::https: break;
    }
    return services_of(message, random);
}

bool is_negative(const Answer& answer) {
    if (const auto* records = std::get_if<std::vector<dns::ServiceRecord>>(&answer)) {
        return records->empty();
    }
    const auto* addresses = std::get_if<std::vector<IpAddress>>(&answer);
    return addresses != nullptr && addresses->empty();
}

Duration negative_lifetime(Bytes message, NegativeTimes times) {
    const auto told = dns::read_negative_ttl(message);
    if (!told) return times.otherwise;
    const std::chrono::seconds lifetime(std::max(*told, 1U));
    return std::min<Duration>(lifetime, times.most);
}

}  // namespace

eyeballs::Answer failed(const std::string& cause) {
    return eyeballs::LookupFailed{
        Error{.code = TransportError::resolve_failed, .phase = Phase::resolve, .message = cause}};
}

eyeballs::Answer nothing(eyeballs::RecordType type) {
    if (type == eyeballs::RecordType::https) return std::vector<dns::ServiceRecord>();
    return std::vector<IpAddress>();
}

Brought read_brought(int status, RecordType type, Bytes message, NegativeTimes negative,
                     RandomBytes& random) {
    auto brought = read_status(status, type, message, random);
    if (is_negative(brought.answer)) brought.lifetime = negative_lifetime(message, negative);
    return brought;
}

}  // namespace tautline::resolve
