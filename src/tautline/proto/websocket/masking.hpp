// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/mask_words.hpp>

namespace tautline::websocket {

/// Masks or unmasks `bytes` in place: the same operation (RFC 6455 section 5.3). `offset` is where
/// `bytes` begin in the payload of their frame.
void apply_mask(MutableBytes bytes, MaskingKey key, std::uint64_t offset);

/// The same, from one place to another. `to` has room for `from.size()` bytes and does not overlap.
void copy_masked(Bytes from, std::byte* to, MaskingKey key, std::uint64_t offset);

namespace masking {

/// One form of the loop. `from` and `to` may be the same. `key` as it lies in memory, beginning
/// with the byte for the first of `from`.
using Form = void (*)(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);

/// The forms that this processor can run, the best one first; the last is the scalar reference.
[[nodiscard]] std::span<const Form> forms();

}  // namespace masking
}  // namespace tautline::websocket
