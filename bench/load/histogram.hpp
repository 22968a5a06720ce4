// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

/// Counts durations in buckets that are at most 1/32 wide, from 1 ns to hours.
class Histogram {
public:
    void add(std::uint64_t nanoseconds) {
        ++buckets_[bucket_for(nanoseconds)];
        ++count_;
    }

    /// The duration that the fraction `part` of all does not exceed, in microseconds.
    [[nodiscard]] double quantile(double part) const {
        const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            seen += buckets_[bucket];
            if (seen > wanted) return static_cast<double>(upper_bound(bucket)) * 1e-3;
        }
        return 0;
    }

    void reset() { *this = Histogram(); }

private:
    static constexpr unsigned kSteps = 32;

    static std::size_t bucket_for(std::uint64_t value) {
        if (value < kSteps) return static_cast<std::size_t>(value);
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - 6;
        const auto step = static_cast<unsigned>(value >> shift) - kSteps;
        return (shift + 1) * kSteps + step;
    }

    static std::uint64_t upper_bound(std::size_t bucket) {
        if (bucket < kSteps) return bucket;
        const std::size_t shift = bucket / kSteps - 1;
        return (bucket % kSteps + kSteps + 1) << shift;
    }

    std::array<std::uint64_t, std::size_t{60} * kSteps> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace bench
