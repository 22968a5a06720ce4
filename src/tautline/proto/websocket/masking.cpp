// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/masking.hpp>

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__AARCH64EL__)
#include <arm_neon.h>
#endif

namespace tautline::websocket {

namespace {

using masking::mask_short;
using masking::turned;

// Up to here a call through a pointer costs more than vectors save.
constexpr std::size_t kShortBytes = 32;

void mask_scalar(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    masking::mask_few(from, to, size, key);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) void mask_avx2(const std::byte* from, std::byte* to,
                                               std::size_t size, std::uint32_t key) {
    const __m256i wide = _mm256_set1_epi32(static_cast<int>(key));
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        const auto word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_xor_si256(word, wide));
    }
    mask_short(from + i, to + i, size - i, key);
}

// Pays only from here on: before, what it costs that words lie across two cache lines is more.
constexpr std::size_t kWideBytes = 4096;

__attribute__((target("avx512f"))) void mask_avx512(const std::byte* from, std::byte* to,
                                                    std::size_t size, std::uint32_t key) {
    std::size_t i = 0;
    if (size >= kWideBytes) {
        const __m512i wide = _mm512_set1_epi32(static_cast<int>(key));
        for (; size - i >= sizeof wide; i += sizeof wide) {
            const auto word = _mm512_loadu_si512(from + i);
            _mm512_storeu_si512(to + i, _mm512_xor_si512(word, wide));
        }
    }
    mask_avx2(from + i, to + i, size - i, key);
}

constexpr std::array<masking::Form, 3> kForms{mask_avx512, mask_avx2, mask_scalar};
std::size_t forms_missing() {
    const bool no_avx512 = __builtin_cpu_supports("avx512f") == 0;
    const bool no_avx2 = __builtin_cpu_supports("avx2") == 0;
    return std::size_t{no_avx512} + std::size_t{no_avx2};
}

#elif defined(__AARCH64EL__)

// Every processor of this kind has NEON.
void mask_neon(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    const uint8x16_t wide = vreinterpretq_u8_u32(vdupq_n_u32(key));
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        const uint8x16_t word = vld1q_u8(reinterpret_cast<const std::uint8_t*>(from + i));
        vst1q_u8(reinterpret_cast<std::uint8_t*>(to + i), veorq_u8(word, wide));
    }
    mask_short(from + i, to + i, size - i, key);
}

constexpr std::array<masking::Form, 2> kForms{mask_neon, mask_scalar};
std::size_t forms_missing() { return 0; }

#else

constexpr std::array<masking::Form, 1> kForms{mask_scalar};
std::size_t forms_missing() { return 0; }

#endif

void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    if (size <= kShortBytes) return mask_short(from, to, size, key);
    static const masking::Form best = masking::forms().front();
    best(from, to, size, key);
}

}  // namespace

std::span<const masking::Form> masking::forms() {
    return std::span<const Form>(kForms).subspan(forms_missing());
}

void apply_mask(MutableBytes bytes, MaskingKey key, std::uint64_t offset) {
    mask(bytes.data(), bytes.data(), bytes.size(),
         turned(std::bit_cast<std::uint32_t>(key), offset));
}

void copy_masked(Bytes from, std::byte* to, MaskingKey key, std::uint64_t offset) {
    mask(from.data(), to, from.size(), turned(std::bit_cast<std::uint32_t>(key), offset));
}

}  // namespace tautline::websocket
