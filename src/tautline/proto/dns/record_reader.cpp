// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/record_reader.hpp>

#include <utility>

#include <tautline/base/byte_reader.hpp>
#include <tautline/proto/dns/wire_name.hpp>

namespace tautline::dns {

namespace {

constexpr std::uint16_t kInternet = 1;
constexpr std::size_t kTypeAndClass = 4;

}  // namespace

std::optional<Header> read_header(Bytes message) {
    if (message.size() < kHeaderBytes) return std::nullopt;
    ByteReader reader(message.subspan(2));
    return Header{*reader.read_u16(), *reader.read_u16(), *reader.read_u16(), *reader.read_u16()};
}

std::optional<std::size_t> skip_questions(Bytes message, std::size_t count) {
    std::size_t at = kHeaderBytes;
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = read_name(message, at, Compression::allowed);
        if (!name) return std::nullopt;
        at += name->size + kTypeAndClass;
    }
    return at <= message.size() ? std::optional(at) : std::nullopt;
}

std::optional<Record> read_record(Bytes message, std::size_t& at) {
    auto owner = read_name(message, at, Compression::allowed);
    if (!owner) return std::nullopt;
    ByteReader reader(message.subspan(at + owner->size));
    const auto type = reader.read_u16();
    const auto internet = reader.read_u16();
    const auto ttl = reader.read_u32();
    const auto size = reader.read_u16();
    const auto data = size ? reader.read_bytes(*size) : std::nullopt;
    // A time that is cut off leaves bytes that look like a size.
    if (!ttl || !data) return std::nullopt;
    at += owner->size + reader.position();
    return Record{.owner = std::move(owner->text),
                  .type = *internet == kInternet ? *type : std::uint16_t{0},
                  .ttl = *ttl,
                  .data_at = at - data->size(),
                  .data = *data};
}

}  // namespace tautline::dns
