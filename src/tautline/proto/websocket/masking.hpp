// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <tautline/base/bytes.hpp>

namespace tautline::websocket {

using MaskingKey = std::array<std::byte, 4>;

/// Masks or unmasks `bytes` in place: the same operation (RFC 6455 section 5.3). `offset` is where
/// `bytes` begin in the payload of their frame.
void apply_mask(MutableBytes bytes, MaskingKey key, std::uint64_t offset);

/// The same, from one place to another. `to` has room for `from.size()` bytes and does not overlap.
void copy_masked(Bytes from, std::byte* to, MaskingKey key, std::uint64_t offset);

namespace masking {

/// One form of the loop. `from` and `to` may be the same. `key` as it lies in memory, beginning
/// with the byte for the first of `from`.
using Form = void (*)(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);

void mask_scalar(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);
#if defined(__x86_64__)
/// Only where AVX2 is there.
void mask_avx2(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);
#elif defined(__AARCH64EL__)
void mask_neon(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);
#endif
/// The best form for this processor.
[[nodiscard]] Form best_form();

}  // namespace masking
}  // namespace tautline::websocket
