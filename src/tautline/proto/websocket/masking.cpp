// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/masking.hpp>

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace tautline::websocket {

namespace {

// Below this a call through a pointer costs more than vectors save.
constexpr std::size_t kVectorBytes = 32;

// The key as it lies in memory, beginning with the byte for `offset`.
std::uint32_t turned_key(MaskingKey key, std::uint64_t offset) {
    const auto word = std::bit_cast<std::uint32_t>(key);
    const int bits = static_cast<int>(offset % 4) * 8;
    return std::endian::native == std::endian::little ? std::rotr(word, bits) : std::rotl(word, bits);
}

void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    static const masking::Form best = masking::best_form();
    const auto form = size <= kVectorBytes ? masking::mask_scalar : best;
    form(from, to, size, key);
}

}  // namespace

void apply_mask(MutableBytes bytes, MaskingKey key, std::uint64_t offset) {
    mask(bytes.data(), bytes.data(), bytes.size(), turned_key(key, offset));
}

void copy_masked(Bytes from, std::byte* to, MaskingKey key, std::uint64_t offset) {
    mask(from.data(), to, from.size(), turned_key(key, offset));
}

namespace masking {

void mask_scalar(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    const std::uint64_t wide = std::uint64_t{key} << 32 | key;
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, sizeof word);
        word ^= wide;
        std::memcpy(to + i, &word, sizeof word);
    }
    const auto bytes = std::bit_cast<MaskingKey>(key);
    for (; i < size; ++i) to[i] = from[i] ^ bytes[i % 4];
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) void mask_avx2(const std::byte* from, std::byte* to, std::size_t size,
                                               std::uint32_t key) {
    const __m256i wide = _mm256_set1_epi32(static_cast<int>(key));
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        const auto word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_xor_si256(word, wide));
    }
    mask_scalar(from + i, to + i, size - i, key);
}

__attribute__((target("avx512f"))) void mask_avx512(const std::byte* from, std::byte* to,
                                                    std::size_t size, std::uint32_t key) {
    const __m512i wide = _mm512_set1_epi32(static_cast<int>(key));
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        const __m512i word = _mm512_loadu_si512(from + i);
        _mm512_storeu_si512(to + i, _mm512_xor_si512(word, wide));
    }
    mask_scalar(from + i, to + i, size - i, key);
}

Form best_form() {
    if (__builtin_cpu_supports("avx512f")) return mask_avx512;
    if (__builtin_cpu_supports("avx2")) return mask_avx2;
    return mask_scalar;
}

#elif defined(__aarch64__)

void mask_neon(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
    const uint8x16_t wide = vreinterpretq_u8_u32(vdupq_n_u32(key));
    std::size_t i = 0;
    for (; size - i >= sizeof wide; i += sizeof wide) {
        const uint8x16_t word = vld1q_u8(reinterpret_cast<const std::uint8_t*>(from + i));
        vst1q_u8(reinterpret_cast<std::uint8_t*>(to + i), veorq_u8(word, wide));
    }
    mask_scalar(from + i, to + i, size - i, key);
}

Form best_form() { return mask_neon; }

#else

Form best_form() { return mask_scalar; }

#endif

}  // namespace masking
}  // namespace tautline::websocket
