// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <tautline/base/buffer.hpp>

namespace tautline {

/// Buffers that many owners use in turn, so that each finds one that has grown to their needs.
///
/// Limits: `kMost` buffers, lent ones included; who comes when all are lent gets one of its own,
/// which is not kept. Those that wait to be lent have at most `kMostBytes` together: one that would
/// be too much is not kept either.
/// Lifetime: outlives what it lends.
/// Threads: one at a time.
class BufferPool {
public:
    static constexpr std::size_t kMost = 32;
    static constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;

    /// A buffer on loan: goes back by itself. Without a pool, one of its own.
    class Loan {
    public:
        explicit Loan(BufferPool* pool) : pool_(pool) {
            if (pool_ != nullptr && !pool_->lend(buffer_)) pool_ = nullptr;
        }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        ~Loan() {
            if (pool_ != nullptr) pool_->take_back(std::move(buffer_));
        }

        Buffer& operator*() { return buffer_; }
        Buffer* operator->() { return &buffer_; }

    private:
        BufferPool* pool_;
        Buffer buffer_;
    };

    /// How many buffers wait to be lent.
    [[nodiscard]] std::size_t spare() const { return spare_.size(); }

private:
    [[nodiscard]] bool lend(Buffer& to);
    void take_back(Buffer buffer);

    std::vector<Buffer> spare_;
    std::size_t spare_bytes_ = 0;
    std::size_t lent_ = 0;
};

}  // namespace tautline
