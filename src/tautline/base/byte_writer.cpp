// SPDX-License-Identifier: MIT
#include <tautline/base/byte_writer.hpp>

#include <algorithm>
#include <ranges>

#include <tautline/base/assert.hpp>

namespace tautline {

void ByteWriter::write_u8(std::uint8_t number) { write_number(number, 1); }
void ByteWriter::write_u16(std::uint16_t number) { write_number(number, 2); }
void ByteWriter::write_u32(std::uint32_t number) { write_number(number, 4); }
void ByteWriter::write_u64(std::uint64_t number) { write_number(number, 8); }

void ByteWriter::write_u24(std::uint32_t number) {
    TAUTLINE_ASSERT(number <= 0xffffff);
    write_number(number, 3);
}

void ByteWriter::write_bytes(Bytes bytes) { std::ranges::copy(bytes, take(bytes.size()).begin()); }

void ByteWriter::write_number(std::uint64_t number, std::size_t width) {
    for (std::byte& byte : std::views::reverse(take(width))) {
        byte = static_cast<std::byte>(number);
        number >>= 8;
    }
}

MutableBytes ByteWriter::take(std::size_t count) {
    TAUTLINE_ASSERT(count <= room());
    const MutableBytes taken = room_.subspan(position_, count);
    position_ += count;
    return taken;
}

}  // namespace tautline
