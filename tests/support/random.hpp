// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <tautline/base/random.hpp>

namespace tautline::test {

/// Bytes that everybody can foresee, another sequence for each seed: for tests only.
class PredictableRandom final : public RandomBytes {
public:
    explicit PredictableRandom(std::uint64_t seed = 1) : state_(seed) {}

    void fill(MutableBytes out) override {
        ++fills;
        for (std::byte& byte : out) {
            state_ = state_ * 6364136223846793005U + 1442695040888963407U;
            byte = static_cast<std::byte>(state_ >> 56);
        }
    }

    std::size_t fills = 0;  ///< How often it was asked.

private:
    std::uint64_t state_;
};

}  // namespace tautline::test
