// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/negative_ttl.hpp>

#include <algorithm>
#include <cstddef>

#include <tautline/base/byte_reader.hpp>
#include <tautline/proto/dns/wire_name.hpp>

namespace tautline::dns {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxRecords = 64;
constexpr std::size_t kSoaNumbers = 20;
constexpr std::uint16_t kSoa = 6;

struct Record {
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    Bytes data;
};

bool skip_name(Bytes message, std::size_t& at) {
    const auto name = read_name(message, at, Compression::allowed);
    if (!name) return false;
    at += name->size;
    return true;
}

std::optional<Record> read_record(Bytes message, std::size_t& at) {
    if (!skip_name(message, at)) return std::nullopt;
    ByteReader reader(message.subspan(at));
    const auto type = reader.read_u16();
    const auto internet = reader.read_u16();
    const auto ttl = reader.read_u32();
    const auto size = reader.read_u16();
    const auto data = size ? reader.read_bytes(*size) : std::nullopt;
    if (!internet || !data) return std::nullopt;
    at += reader.position();
    return Record{*type, *ttl, *data};
}

}  // namespace

std::optional<std::uint32_t> read_negative_ttl(Bytes message) {
    if (message.size() < kHeaderBytes) return std::nullopt;
    ByteReader counts(message.subspan(4));
    const std::size_t questions = *counts.read_u16();
    const std::size_t records = std::size_t{*counts.read_u16()} + *counts.read_u16();
    std::size_t at = kHeaderBytes;
    for (std::size_t i = 0; i < questions; ++i) {
        if (!skip_name(message, at) || message.size() - at < 4) return std::nullopt;
        at += 4;
    }
    for (std::size_t i = 0; i < std::min(records, kMaxRecords); ++i) {
        const auto record = read_record(message, at);
        if (!record) return std::nullopt;
        if (record->type != kSoa || record->data.size() < kSoaNumbers) continue;
        return std::min(record->ttl, *ByteReader(record->data.last(4)).read_u32());
    }
    return std::nullopt;
}

}  // namespace tautline::dns
