// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// Writes numbers in network order (big-endian) and runs of bytes to the front of `room`.
///
/// Writing more than there is room for is a broken contract: it stops the program, in every build.
class ByteWriter {
public:
    explicit ByteWriter(MutableBytes room) : room_(room) {}

    void write_u8(std::uint8_t number);
    void write_u16(std::uint16_t number);
    /// At most 0xffffff.
    void write_u24(std::uint32_t number);
    void write_u32(std::uint32_t number);
    void write_u64(std::uint64_t number);
    void write_bytes(Bytes bytes);

    /// What was written so far.
    [[nodiscard]] MutableBytes written() const { return room_.first(position_); }
    /// What can still be written.
    [[nodiscard]] std::size_t room() const { return room_.size() - position_; }

private:
    void write_number(std::uint64_t number, std::size_t width);
    [[nodiscard]] MutableBytes take(std::size_t count);

    MutableBytes room_;
    std::size_t position_ = 0;
};

}  // namespace tautline
