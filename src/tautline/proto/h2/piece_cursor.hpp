// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include <tautline/base/bytes.hpp>

namespace tautline::h2 {

/// Walks over pieces of memory as if they were one.
///
/// Lifetime: shows the pieces, owns nothing.
class PieceCursor {
public:
    PieceCursor() = default;
    explicit PieceCursor(std::span<const Bytes> pieces);

    /// Bytes that are left.
    [[nodiscard]] std::size_t rest() const { return rest_; }
    /// Copies the next bytes and moves on. At most `rest()`.
    void copy_to(MutableBytes target);

private:
    std::span<const Bytes> pieces_;
    std::size_t offset_ = 0;  // In the first of them.
    std::size_t rest_ = 0;
};

}  // namespace tautline::h2
