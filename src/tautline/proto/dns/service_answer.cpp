// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/service_answer.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/base/big_endian.hpp>
#include <tautline/base/byte_reader.hpp>
#include <tautline/proto/dns/record_reader.hpp>
#include <tautline/proto/dns/wire_name.hpp>

namespace tautline::dns {

namespace {

constexpr std::size_t kMaxAliases = 16;
constexpr std::size_t kMaxHints = 8;
constexpr std::size_t kMaxAlpn = 16;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kHttps = 65;

// RFC 9460 section 14.3.2.
enum class Key : std::uint16_t {  // NOLINT(performance-enum-size): as wide as on the wire
    mandatory = 0,
    alpn = 1,
    no_default_alpn = 2,
    port = 3,
    ipv4hint = 4,
    ech = 5,
    ipv6hint = 6,
};

// A record in use: what it says, and whether we understand all that it needs.
struct Parsed {
    ServiceRecord record;
    bool alias = false;
    bool usable = true;
    bool default_alpn = true;
    std::vector<std::uint16_t> keys;
    std::vector<std::uint16_t> mandatory;
};

bool read_alpn(Bytes value, Parsed& parsed) {
    ByteReader reader(value);
    while (!reader.rest().empty()) {
        const auto size = reader.read_u8();
        const auto id = reader.read_bytes(*size);
        if (*size == 0 || !id) return false;
        if (parsed.record.alpn.size() < kMaxAlpn) parsed.record.alpn.emplace_back(as_text(*id));
    }
    return !value.empty();
}

template <typename Address>
bool read_hints(Bytes value, std::vector<IpAddress>& hints) {
    Address bytes{};
    if (value.empty() || value.size() % bytes.size() != 0) return false;
    for (; !value.empty(); value = value.subspan(bytes.size())) {
        std::ranges::transform(value.first(bytes.size()), bytes.begin(),
                               [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
        if (hints.size() < kMaxHints) hints.emplace_back(bytes);
    }
    return true;
}

// RFC 9460 section 8: keys in strictly ascending order, and not itself among them.
bool read_mandatory(Bytes value, Parsed& parsed) {
    ByteReader reader(value);
    std::uint16_t last = 0;
    while (const auto key = reader.read_u16()) {
        if (*key <= last) return false;
        last = *key;
        parsed.mandatory.push_back(*key);
    }
    return reader.rest().empty() && !value.empty();
}

bool read_port(Bytes value, Parsed& parsed) {
    parsed.record.port = ByteReader(value).read_u16();
    return value.size() == 2;
}

bool read_parameter(Key key, Bytes value, Parsed& parsed) {
    switch (key) {
        case Key::mandatory: return read_mandatory(value, parsed);
        case Key::alpn: return read_alpn(value, parsed);
        case Key::no_default_alpn: parsed.default_alpn = false; return value.empty();
        case Key::port: return read_port(value, parsed);
        case Key::ipv4hint: return read_hints<IpAddress::V4>(value, parsed.record.ipv4_hints);
        case Key::ipv6hint: return read_hints<IpAddress::V6>(value, parsed.record.ipv6_hints);
        case Key::ech:
            for (const auto byte : value) {
                parsed.record.ech.push_back(std::to_integer<std::uint8_t>(byte));
            }
            return !value.empty();
    }
    return true;  // RFC 9460 section 2.2: unknown keys are ignored
}

bool read_parameters(Bytes data, Parsed& parsed) {
    ByteReader reader(data);
    while (!reader.rest().empty()) {
        const auto key = reader.read_u16();
        const auto size = reader.read_u16();
        const auto value = size ? reader.read_bytes(*size) : std::nullopt;
        if (!value) return false;
        // RFC 9460 section 2.2: strictly ascending, so none is there twice.
        if (!parsed.keys.empty() && *key <= parsed.keys.back()) return false;
        parsed.keys.push_back(*key);
        if (!read_parameter(static_cast<Key>(*key), *value, parsed)) return false;
    }
    return true;
}

// A mandatory key must be present (section 8) and must be understood. "ech" is not: the TLS
// libraries at hand cannot do it.
bool check_mandatory(Parsed& parsed) {
    for (const auto key : parsed.mandatory) {
        if (std::ranges::find(parsed.keys, key) == parsed.keys.end()) return false;
        const bool known =
            key <= static_cast<std::uint16_t>(Key::ipv6hint) && static_cast<Key>(key) != Key::ech;
        parsed.usable = parsed.usable && known;
    }
    return true;
}

std::optional<Parsed> read_service(const Record& record) {
    const Bytes data = record.data;
    const auto priority = ByteReader(data).read_u16();
    if (!priority) return std::nullopt;
    const auto target = read_name(data, 2, Compression::refused);
    if (!target) return std::nullopt;
    Parsed parsed;
    parsed.record.priority = *priority;
    parsed.record.target = target->text.empty() ? record.owner : target->text;
    parsed.alias = *priority == 0;
    // Section 2.4.2: parameters of an alias are ignored.
    if (parsed.alias) {
        parsed.usable = !target->text.empty();
        return parsed;
    }
    if (!read_parameters(data.subspan(2 + target->size), parsed)) return std::nullopt;
    // Section 7.1.1: without "alpn" the default cannot be taken away.
    if (!parsed.default_alpn && parsed.record.alpn.empty()) return std::nullopt;
    if (!check_mandatory(parsed)) return std::nullopt;
    if (parsed.default_alpn) parsed.record.alpn.emplace_back("http/1.1");
    return parsed;
}

// Inserts after those of the same priority, which keep their order.
void insert(ServiceRecord record, std::vector<ServiceRecord>& records) {
    const auto place =
        std::ranges::upper_bound(records, record.priority, {}, &ServiceRecord::priority);
    records.insert(place, std::move(record));
}

// The name at the end of the answer's CNAMEs.
std::string canonical_name(Bytes message, const std::vector<Record>& records, std::string name,
                           std::uint32_t& ttl) {
    for (std::size_t hops = 0; hops < kMaxAliases; ++hops) {
        const auto cname = std::ranges::find_if(records, [&](const Record& record) {
            return record.type == kCname && record.owner == name;
        });
        if (cname == records.end()) break;
        const auto target = read_name(message, cname->data_at, Compression::allowed);
        if (!target) break;
        ttl = std::min(ttl, cname->ttl);
        name = target->text;
    }
    return name;
}

std::expected<std::vector<Record>, MessageError> read_records(Bytes message) {
    const auto header = read_header(message);
    if (!header) return std::unexpected(MessageError::malformed);
    const unsigned code = header->flags & 0xfU;
    if ((header->flags & 0x8000U) == 0) return std::unexpected(MessageError::malformed);
    if (code != 0 && code != 3) return std::unexpected(MessageError::server_failure);
    auto at = skip_questions(message, header->questions);
    if (!at) return std::unexpected(MessageError::malformed);
    std::vector<Record> records;
    for (std::size_t i = 0; i < std::min<std::size_t>(header->answers, kMaxRecords); ++i) {
        auto record = read_record(message, *at);
        if (!record) return std::unexpected(MessageError::malformed);
        records.push_back(std::move(*record));
    }
    return records;
}

}  // namespace

std::string_view message_for(MessageError error) {
    switch (error) {
        case MessageError::malformed: return "the answer of the name server is malformed";
        case MessageError::server_failure: return "the name server failed";
    }
    std::unreachable();
}

std::expected<ServiceAnswer, MessageError> read_service_answer(Bytes message,
                                                               std::string_view name) {
    const auto records = read_records(message);
    if (!records) return std::unexpected(records.error());
    ServiceAnswer answer{.ttl_seconds = 0xffffffff};
    const auto owner = canonical_name(message, *records, to_lower(name), answer.ttl_seconds);
    for (const auto& record : *records) {
        if (record.type != kHttps || record.owner != owner) continue;
        auto parsed = read_service(record);
        // Section 2.2: one that is malformed makes all of them unusable.
        if (!parsed) return ServiceAnswer{};
        answer.ttl_seconds = std::min(answer.ttl_seconds, record.ttl);
        if (!parsed->usable) continue;
        // Section 2.4.1: an alias replaces the services beside it.
        if (parsed->alias) {
            answer.aliases.push_back(std::move(parsed->record.target));
        } else {
            insert(std::move(parsed->record), answer.records);
        }
    }
    if (!answer.aliases.empty()) answer.records.clear();
    if (answer.records.empty() && answer.aliases.empty()) answer.ttl_seconds = 0;
    return answer;
}

const std::string& choose_alias(const std::vector<std::string>& aliases, RandomBytes& random) {
    TAUTLINE_ASSERT(!aliases.empty());
    std::array<std::byte, 4> bytes{};
    if (aliases.size() > 1) random.fill(bytes);
    return aliases[read_big_endian(bytes) % aliases.size()];
}

}  // namespace tautline::dns
