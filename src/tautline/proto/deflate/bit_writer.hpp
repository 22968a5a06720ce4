// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/little_endian.hpp>

namespace tautline::deflate {

/// Writes bits as DEFLATE packs them, the lowest bit of each byte first (RFC 1951 section 3.1.1).
///
/// Calling order: any number of `add` and `flush`, then `finish`. At most 56 bits may be added
/// between two `flush`: it is the caller who knows how many there were.
/// Limits: `flush` writes eight bytes, of which those that are not full yet are written again
/// later. `out` needs that room behind the last bit.
class BitWriter {
public:
    explicit BitWriter(std::byte* out) : out_(out) {}

    /// Adds the low `count` bits of `bits`; those above them are zero.
    void add(std::uint64_t bits, unsigned count) {
        pending_ |= bits << count_;
        count_ += count;
    }

    void flush() {
        store_little_endian(pending_, out_);
        out_ += count_ / 8;
        pending_ >>= count_ / 8 * 8;
        count_ %= 8;
    }

    /// Fills the last byte up with zeros. Returns the place behind it.
    [[nodiscard]] std::byte* finish() {
        count_ += 7;
        flush();
        return out_;
    }

private:
    std::byte* out_;
    std::uint64_t pending_ = 0;
    unsigned count_ = 0;  // of `pending_`
};

}  // namespace tautline::deflate
