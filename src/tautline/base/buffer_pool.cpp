// SPDX-License-Identifier: MIT
#include <tautline/base/buffer_pool.hpp>

namespace tautline {

// Last in, first out: that one is warm in the cache.
bool BufferPool::lend(Buffer& to) {
    if (lent_ == kMost) return false;
    ++lent_;
    if (spare_.empty()) return true;
    to = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= to.capacity();
    return true;
}

void BufferPool::take_back(Buffer buffer) {
    --lent_;
    if (buffer.capacity() == 0 || buffer.capacity() > kMostBytes - spare_bytes_) return;
    buffer.clear();
    spare_bytes_ += buffer.capacity();
    spare_.push_back(std::move(buffer));
}

}  // namespace tautline
