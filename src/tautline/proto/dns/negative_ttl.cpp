// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/negative_ttl.hpp>

#include <algorithm>
#include <cstddef>

#include <tautline/base/byte_reader.hpp>
#include <tautline/proto/dns/record_reader.hpp>

namespace tautline::dns {

namespace {

constexpr std::size_t kSoaNumbers = 20;
constexpr std::uint16_t kSoa = 6;

}  // namespace

std::optional<std::uint32_t> read_negative_ttl(Bytes message) {
    const auto header = read_header(message);
    auto at = header ? skip_questions(message, header->questions) : std::nullopt;
    if (!at) return std::nullopt;
    const std::size_t records = std::size_t{header->answers} + header->authorities;
    for (std::size_t i = 0; i < std::min(records, kMaxRecords); ++i) {
        const auto record = read_record(message, *at);
        if (!record) return std::nullopt;
        if (record->type != kSoa || record->data.size() < kSoaNumbers) continue;
        return std::min(record->ttl, *ByteReader(record->data.last(4)).read_u32());
    }
    return std::nullopt;
}

}  // namespace tautline::dns
