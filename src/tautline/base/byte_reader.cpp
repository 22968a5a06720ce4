// SPDX-License-Identifier: MIT
#include <tautline/base/byte_reader.hpp>

namespace tautline {

template <typename Number>
std::optional<Number> ByteReader::read_number(std::size_t width) {
    const auto bytes = read_bytes(width);
    if (!bytes) return std::nullopt;
    std::uint64_t number = 0;
    for (const std::byte byte : *bytes) number = number << 8 | std::to_integer<std::uint8_t>(byte);
    return static_cast<Number>(number);
}

std::optional<std::uint8_t> ByteReader::read_u8() { return read_number<std::uint8_t>(1); }
std::optional<std::uint16_t> ByteReader::read_u16() { return read_number<std::uint16_t>(2); }
std::optional<std::uint32_t> ByteReader::read_u24() { return read_number<std::uint32_t>(3); }
std::optional<std::uint32_t> ByteReader::read_u32() { return read_number<std::uint32_t>(4); }
std::optional<std::uint64_t> ByteReader::read_u64() { return read_number<std::uint64_t>(8); }

std::optional<Bytes> ByteReader::read_bytes(std::size_t count) {
    if (bytes_.size() - position_ < count) return std::nullopt;
    const Bytes read = bytes_.subspan(position_, count);
    position_ += count;
    return read;
}

}  // namespace tautline
