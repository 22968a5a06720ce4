// SPDX-License-Identifier: MIT
#include <tautline/base/buffer.hpp>

#include <algorithm>
#include <cstring>

#include <tautline/base/assert.hpp>

namespace tautline {

namespace {
constexpr std::size_t kSmallestCapacity = 128;
}

void Buffer::append(Bytes bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
    end_ += bytes.size();
}

void Buffer::consume(std::size_t count) {
    TAUTLINE_ASSERT(count <= size());
    begin_ += count;
    if (begin_ == end_) clear();
}

void Buffer::shrink(std::size_t count) {
    TAUTLINE_ASSERT(count <= size());
    end_ -= count;
}

// Moves what is readable to the front when at least half of the memory is free for it, so that a
// queue that is read as fast as it is written stays where it is; otherwise doubles.
void Buffer::grow(std::size_t count) {
    const std::size_t used = size();
    if (used + count <= capacity_ && used <= capacity_ / 2) {
        std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
        const std::size_t wanted = std::max({kSmallestCapacity, capacity_ * 2, used + count});
        auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
        if (used > 0) std::memcpy(larger.get(), data_.get() + begin_, used);
        data_ = std::move(larger);
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
}

}  // namespace tautline
