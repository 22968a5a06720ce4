// SPDX-License-Identifier: MIT
#include <tautline/base/utf8.hpp>

// UTF-8 by table look-ups, 32 bytes a step, after the algorithm that Keiser and Lemire published
// ("Validating UTF-8 in less than one instruction per byte", 2021).
//
// Every rule of RFC 3629 but one shows in two neighbouring bytes: in the high half of the first, its
// low half, and the high half of the second. Three tables give, for each half, the set of rules that
// this half would allow to be broken, one bit a rule; a rule is broken where all three agree. The one
// other rule, that the third and fourth byte of a character are continuations and nothing else is,
// is checked by looking back two and three bytes.
#if defined(__x86_64__)

#include <immintrin.h>

#include <array>

namespace tautline::utf8 {

namespace {

#define TAUTLINE_AVX2 __attribute__((target("avx2")))

// The rules, a bit each.
constexpr std::uint8_t kTooShort = 1 << 0;      // a first byte without its continuation
constexpr std::uint8_t kTooLong = 1 << 1;       // a continuation after ASCII
constexpr std::uint8_t kOverlong3 = 1 << 2;     // e0 80..9f
constexpr std::uint8_t kTooLarge = 1 << 3;      // f4 90.., f5 and more
constexpr std::uint8_t kSurrogate = 1 << 4;     // ed a0..bf
constexpr std::uint8_t kOverlong2 = 1 << 5;     // c0, c1
constexpr std::uint8_t kTooLarge1000 = 1 << 6;  // f5.. 80..8f
constexpr std::uint8_t kOverlong4 = 1 << 6;     // f0 80..8f
constexpr std::uint8_t kTwoContinuations = 1 << 7;
constexpr std::uint8_t kCarry = kTooShort | kTooLong | kTwoContinuations;

using Table = std::array<std::uint8_t, 16>;

constexpr Table kFirstHigh{
    kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong,
    kTwoContinuations, kTwoContinuations, kTwoContinuations, kTwoContinuations,
    kTooShort | kOverlong2, kTooShort, kTooShort | kOverlong3 | kSurrogate,
    kTooShort | kTooLarge | kTooLarge1000 | kOverlong4};

constexpr std::uint8_t kFarTooLarge = kCarry | kTooLarge | kTooLarge1000;
constexpr Table kFirstLow{
    kCarry | kOverlong3 | kOverlong2 | kOverlong4, kCarry | kOverlong2, kCarry, kCarry,
    kCarry | kTooLarge, kFarTooLarge, kFarTooLarge, kFarTooLarge, kFarTooLarge, kFarTooLarge,
    kFarTooLarge, kFarTooLarge, kFarTooLarge, kFarTooLarge | kSurrogate, kFarTooLarge, kFarTooLarge};

constexpr std::uint8_t kContinuation = kTooLong | kOverlong2 | kTwoContinuations;
constexpr Table kSecondHigh{
    kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort,
    kContinuation | kOverlong3 | kTooLarge1000 | kOverlong4, kContinuation | kOverlong3 | kTooLarge,
    kContinuation | kSurrogate | kTooLarge, kContinuation | kSurrogate | kTooLarge,
    kTooShort, kTooShort, kTooShort, kTooShort};

TAUTLINE_AVX2 __m256i load_table(const Table& table) {
    const auto half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
    return _mm256_broadcastsi128_si256(half);
}

TAUTLINE_AVX2 __m256i high_half(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
}

// The bytes that stood `count` places before each byte, over the border of the two steps.
template <int count>
TAUTLINE_AVX2 __m256i before(__m256i now, __m256i previous) {
    const __m256i border = _mm256_permute2x128_si256(previous, now, 0x21);
    return _mm256_alignr_epi8(now, border, 16 - count);
}

TAUTLINE_AVX2 __m256i errors_in(__m256i now, __m256i previous) {
    const __m256i first = before<1>(now, previous);
    const __m256i low_mask = _mm256_set1_epi8(0x0f);
    const __m256i pairs = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(load_table(kFirstHigh), high_half(first)),
                         _mm256_shuffle_epi8(load_table(kFirstLow), _mm256_and_si256(first, low_mask))),
        _mm256_shuffle_epi8(load_table(kSecondHigh), high_half(now)));
    // Saturating: bit 7 stays where the byte two back is e0 or more, or the one three back f0 or more.
    const __m256i third =
        _mm256_subs_epu8(before<2>(now, previous), _mm256_set1_epi8(static_cast<char>(0xe0 - 0x80)));
    const __m256i fourth =
        _mm256_subs_epu8(before<3>(now, previous), _mm256_set1_epi8(static_cast<char>(0xf0 - 0x80)));
    const __m256i must_continue = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                                   _mm256_set1_epi8(static_cast<char>(0x80)));
    return _mm256_xor_si256(pairs, must_continue);
}

// Goes back to the border of the last character that begins within the last three bytes before `end`.
std::size_t back_to_border(Bytes bytes, std::size_t end) {
    for (std::size_t back = 1; back <= 3 && back <= end; ++back) {
        const auto byte = std::to_integer<std::uint8_t>(bytes[end - back]);
        if (byte < 0x80) return end;
        if (byte >= 0xc0) return end - back;
    }
    return end;
}

}  // namespace

TAUTLINE_AVX2 std::size_t skip_valid_avx2(Bytes bytes) {
    constexpr std::size_t kStep = 32;
    __m256i previous = _mm256_setzero_si256();
    std::size_t done = 0;
    while (bytes.size() - done >= kStep) {
        const auto now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + done));
        // Plain ASCII after plain ASCII needs no look.
        const bool ascii = _mm256_movemask_epi8(_mm256_or_si256(now, previous)) == 0;
        if (!ascii) {
            const __m256i errors = errors_in(now, previous);
            if (!_mm256_testz_si256(errors, errors)) break;
        }
        previous = now;
        done += kStep;
    }
    return back_to_border(bytes, done);
}

}  // namespace tautline::utf8

#endif
