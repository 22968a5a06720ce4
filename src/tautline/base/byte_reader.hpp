// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// Reads numbers in network order (big-endian) and runs of bytes from the front of `bytes`.
///
/// Returns std::nullopt where the bytes end too early: more are needed, and nothing was taken.
/// Lifetime: what `read_bytes` and `rest` return is a view of the bytes that were handed in.
class ByteReader {
public:
    explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

    [[nodiscard]] std::optional<std::uint8_t> read_u8();
    [[nodiscard]] std::optional<std::uint16_t> read_u16();
    [[nodiscard]] std::optional<std::uint32_t> read_u32();
    [[nodiscard]] std::optional<Bytes> read_bytes(std::size_t count);

    /// How many bytes were read.
    [[nodiscard]] std::size_t position() const { return position_; }
    /// What was not read yet.
    [[nodiscard]] Bytes rest() const { return bytes_.subspan(position_); }

private:
    template <typename Number>
    std::optional<Number> read_number(std::size_t width);

    Bytes bytes_;
    std::size_t position_ = 0;
};

}  // namespace tautline
