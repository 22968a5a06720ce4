// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/little_endian.hpp>

namespace tautline::deflate {

/// Reads bytes as DEFLATE does: as one row of bits, the lowest of each byte first (RFC 1951 section
/// 3.1.1).
///
/// Calling order: `refill`, then up to `kRefilled` bits are there to be taken.
/// Limits: it does not know where its bytes end. Whenever it is refilled, the fifteen bytes from
/// `position()` on must be readable.
/// Lifetime: it shows the bytes, which must outlive it.
class BitReader {
public:
    static constexpr unsigned kRefilled = 56;

    explicit BitReader(const std::byte* from) : next_(from) {}

    void refill() {
        // What is there already comes a second time, and is the same.
        bits_ |= load_little_endian(next_) << count_;
        next_ += (63 - count_) / 8;
        count_ |= kRefilled;
    }

    /// What comes next, the first bit lowest. More than is there to be taken may be shown.
    [[nodiscard]] std::uint64_t bits() const { return bits_; }

    void drop(unsigned count) {
        bits_ >>= count;
        count_ -= count;
    }
    /// At most 32 bits as a number, the first lowest.
    std::uint32_t take(unsigned count) {
        const auto taken = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << count) - 1));
        drop(count);
        return taken;
    }
    /// Drops what is left of a byte that was begun.
    void drop_to_byte() { drop(count_ % 8); }

    /// The first byte of which nothing was taken.
    [[nodiscard]] const std::byte* position() const { return next_ - count_ / 8; }

private:
    const std::byte* next_;
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;  // how many of `bits_` may be taken; those above are not yet passed
};

}  // namespace tautline::deflate
