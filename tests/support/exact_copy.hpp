// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

#include <tautline/base/bytes.hpp>

namespace tautline::test {

/// A copy in a heap block of exactly its size, so that ASan sees a read of one byte too many.
class ExactCopy {
public:
    explicit ExactCopy(Bytes bytes)
        : size_(bytes.size()), data_(std::make_unique_for_overwrite<std::byte[]>(bytes.size())) {
        std::ranges::copy(bytes, data_.get());
    }

    [[nodiscard]] MutableBytes bytes() { return {data_.get(), size_}; }
    [[nodiscard]] Bytes bytes() const { return {data_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> data_;
};

}  // namespace tautline::test
