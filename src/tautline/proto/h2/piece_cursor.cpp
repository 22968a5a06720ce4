// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/piece_cursor.hpp>

#include <algorithm>
#include <cstring>

#include <tautline/base/assert.hpp>

namespace tautline::h2 {

PieceCursor::PieceCursor(std::span<const Bytes> pieces) : pieces_(pieces) {
    for (const Bytes piece : pieces) rest_ += piece.size();
}

void PieceCursor::copy_to(MutableBytes target) {
    TAUTLINE_ASSERT(target.size() <= rest_);
    rest_ -= target.size();
    while (!target.empty()) {
        const Bytes piece = pieces_.front().subspan(offset_);
        const std::size_t count = std::min(piece.size(), target.size());
        if (count > 0) std::memcpy(target.data(), piece.data(), count);
        target = target.subspan(count);
        offset_ += count;
        if (count < piece.size()) return;
        pieces_ = pieces_.subspan(1);
        offset_ = 0;
    }
}

}  // namespace tautline::h2
