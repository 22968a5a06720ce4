// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace tautline::eyeballs {

/// Sorts by `key_of(value)` and keeps the order of equal values. For short lists: it inserts one
/// after the other, and needs no memory besides.
template <typename Value, typename KeyOf>
void sort_stably(std::vector<Value>& values, KeyOf key_of) {
    for (auto next = values.begin(); next != values.end(); ++next) {
        const auto place =
            std::ranges::upper_bound(values.begin(), next, std::invoke(key_of, *next), {}, key_of);
        std::rotate(place, next, next + 1);
    }
}

}  // namespace tautline::eyeballs
