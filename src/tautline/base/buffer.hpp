// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>

namespace tautline {

/// A queue of bytes in one piece of memory: written at the back, read at the front.
///
///     | consumed | readable | prepared ... capacity |
///
/// Grows by doubling as bytes are written. An empty buffer that never held anything owns no memory;
/// `release` gives the memory back. Moving is cheap: a buffer is lent by moving it in and out.
/// Limits: it has none of its own. Owners compare `size()` with their limit before they append.
/// Lifetime: views are valid until the next call that is not const.
/// Threads: one at a time.
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept
        : data_(std::move(other.data_)),
          begin_(std::exchange(other.begin_, 0)),
          end_(std::exchange(other.end_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        data_ = std::move(other.data_);
        begin_ = std::exchange(other.begin_, 0);
        end_ = std::exchange(other.end_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] bool empty() const { return end_ == begin_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// How much can be prepared before anything has to grow or move.
    [[nodiscard]] std::size_t room() const { return capacity_ - end_; }

    [[nodiscard]] Bytes readable() const { return {data_.get() + begin_, size()}; }
    [[nodiscard]] MutableBytes readable() { return {data_.get() + begin_, size()}; }

    /// Copies `bytes` to the back. They may not be part of this queue.
    void append(Bytes bytes);

    /// Room for exactly `count` bytes at the back, not yet part of the queue.
    [[nodiscard]] MutableBytes prepare(std::size_t count) {
        if (capacity_ - end_ < count) grow(count);
        return {data_.get() + end_, count};
    }
    /// Adds the first `count` prepared bytes to the queue. At most as many as were prepared.
    void commit(std::size_t count) {
        TAUTLINE_ASSERT(count <= capacity_ - end_);
        end_ += count;
    }

    /// Drops `count` bytes from the front. At most `size()`.
    void consume(std::size_t count);
    /// Drops `count` bytes from the back. At most `size()`.
    void shrink(std::size_t count);

    /// Drops everything and keeps the memory.
    void clear() { begin_ = end_ = 0; }
    /// Drops everything and gives the memory back.
    void release() { *this = Buffer(); }

private:
    void grow(std::size_t count);

    std::unique_ptr<std::byte[]> data_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace tautline
