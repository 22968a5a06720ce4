// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tautline {

/// An integer that names something. Names of different kinds cannot be mixed up.
///
///     using StreamId = StrongId<struct StreamIdTag>;
///
/// Conversions are explicit: `StreamId(4)`, `id.value()`. It can be compared, ordered and hashed;
/// it has no arithmetic.
template <typename Tag, typename Value = std::uint64_t>
class StrongId {
public:
    constexpr StrongId() = default;
    constexpr explicit StrongId(Value value) : value_(value) {}

    [[nodiscard]] constexpr Value value() const { return value_; }

    friend constexpr auto operator<=>(StrongId, StrongId) = default;

private:
    Value value_ = 0;
};

}  // namespace tautline

template <typename Tag, typename Value>
struct std::hash<tautline::StrongId<Tag, Value>> {
    std::size_t operator()(tautline::StrongId<Tag, Value> id) const noexcept {
        return std::hash<Value>()(id.value());
    }
};
