// SPDX-License-Identifier: MIT
#include <tautline/base/byte_reader.hpp>

#include <tautline/base/big_endian.hpp>

namespace tautline {

template <typename Number>
std::optional<Number> ByteReader::read_number(std::size_t width) {
    const auto bytes = read_bytes(width);
    if (!bytes) return std::nullopt;
    return static_cast<Number>(read_big_endian(*bytes));
}

std::optional<std::uint8_t> ByteReader::read_u8() { return read_number<std::uint8_t>(1); }
std::optional<std::uint16_t> ByteReader::read_u16() { return read_number<std::uint16_t>(2); }
std::optional<std::uint32_t> ByteReader::read_u32() { return read_number<std::uint32_t>(4); }

std::optional<Bytes> ByteReader::read_bytes(std::size_t count) {
    if (bytes_.size() - position_ < count) return std::nullopt;
    const Bytes read = bytes_.subspan(position_, count);
    position_ += count;
    return read;
}

}  // namespace tautline
