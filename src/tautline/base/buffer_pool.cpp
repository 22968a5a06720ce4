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
    return true;
}

void BufferPool::take_back(Buffer buffer) {
    --lent_;
    if (buffer.capacity() == 0 || buffer.capacity() > kMostBytes) return;
    buffer.clear();
    spare_.push_back(std::move(buffer));
}

}  // namespace tautline
