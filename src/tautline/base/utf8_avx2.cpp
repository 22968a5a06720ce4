// SPDX-License-Identifier: MIT
#include <tautline/base/utf8.hpp>

// UTF-8 by table look-ups, 32 bytes a step, after the idea that Keiser and Lemire published
// ("Validating UTF-8 in less than one instruction per byte", 2021).
//
// All rules of RFC 3629 but one can be checked on two neighbouring bytes, by three halves: the high
// half of the first byte, its low half, and the high half of the second byte. A table for each of
// the three says, one bit a rule, which rules a half may break; a rule is broken where all three
// agree. The one other rule, that the third and fourth byte of a character are continuations and
// that no others come, is checked by looking back two and three bytes.
#if defined(__x86_64__)

#include <algorithm>
#include <array>

#include <immintrin.h>

#define TAUTLINE_AVX2 __attribute__((target("avx2")))

namespace tautline::utf8 {

namespace {

// A set of values of half a byte: bit n stands for n.
using Halves = std::uint16_t;

consteval Halves halves(unsigned first, unsigned last) {
    return static_cast<Halves>((2U << last) - (1U << first));
}

constexpr Halves kAny = halves(0, 15);
constexpr Halves kAscii = halves(0, 7);
constexpr Halves kContinuation = halves(0x8, 0xb);
constexpr Halves kFirst = halves(0xc, 0xf);

// Two neighbouring bytes that no valid text has.
struct Rule {
    Halves first_high;
    Halves first_low;
    Halves second_high;
};

// Two continuations in a row are the last rule, at bit 7: in a long character they are no error.
constexpr std::array<Rule, 8> kRules{{
    {kFirst, kAny, kAscii | kFirst},                                     // c3 28
    {kAscii, kAny, kContinuation},                                       // 28 80
    {halves(0xc, 0xc), halves(0, 1), kContinuation},                     // c0, c1: overlong
    {halves(0xe, 0xe), halves(0, 0), halves(0x8, 0x9)},                  // e0 80: overlong
    {halves(0xe, 0xe), halves(0xd, 0xd), halves(0xa, 0xb)},              // ed a0: surrogate
    {halves(0xf, 0xf), halves(0, 0) | halves(5, 15), halves(0x8, 0x8)},  // f0 80: overlong; f5
    {halves(0xf, 0xf), halves(4, 15), halves(0x9, 0xb)},                 // f4 90: too large; f5
    {kContinuation, kAny, kContinuation},
}};

using Table = std::array<std::uint8_t, 16>;

// For each value of a half, the rules that may be broken by it.
consteval Table table_of(Halves Rule::* half) {
    Table table{};
    for (unsigned value = 0; value < table.size(); ++value) {
        for (unsigned rule = 0; rule < kRules.size(); ++rule) {
            const unsigned may_break = kRules[rule].*half >> value & 1U;
            table[value] = static_cast<std::uint8_t>(table[value] | may_break << rule);
        }
    }
    return table;
}

constexpr Table kFirstHigh = table_of(&Rule::first_high);
constexpr Table kFirstLow = table_of(&Rule::first_low);
constexpr Table kSecondHigh = table_of(&Rule::second_high);

TAUTLINE_AVX2 __m256i every(unsigned byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }

// `halves` holds values below 16; each is replaced by its entry of `table`.
TAUTLINE_AVX2 __m256i look_up(const Table& table, __m256i halves) {
    const auto entries = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(entries), halves);
}

TAUTLINE_AVX2 __m256i high_half(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), every(0x0f));
}

// For each byte of `now` the one that stands `count` places before it, which may be in `previous`.
template <int count>
TAUTLINE_AVX2 __m256i before(__m256i now, __m256i previous) {
    const __m256i border = _mm256_permute2x128_si256(previous, now, 0x21);
    return _mm256_alignr_epi8(now, border, 16 - count);
}

// Bit 7 where the third or fourth byte of a character must be. The subtractions stop at zero: bit 7
// remains where the byte two places before is e0 or more, or the one three places before f0 or
// more.
TAUTLINE_AVX2 __m256i must_continue(__m256i now, __m256i previous) {
    const __m256i third = _mm256_subs_epu8(before<2>(now, previous), every(0xe0 - 0x80));
    const __m256i fourth = _mm256_subs_epu8(before<3>(now, previous), every(0xf0 - 0x80));
    return _mm256_and_si256(_mm256_or_si256(third, fourth), every(0x80));
}

// Not zero where a byte of `now` breaks a rule together with those before it.
TAUTLINE_AVX2 __m256i errors_in(__m256i now, __m256i previous) {
    const __m256i first = before<1>(now, previous);
    const __m256i first_low = _mm256_and_si256(first, every(0x0f));
    const __m256i by_first =
        _mm256_and_si256(look_up(kFirstHigh, high_half(first)), look_up(kFirstLow, first_low));
    const __m256i broken = _mm256_and_si256(by_first, look_up(kSecondHigh, high_half(now)));
    return _mm256_xor_si256(broken, must_continue(now, previous));
}

// The beginning of the character that the border at `end` may cut; `end` when there is none.
std::size_t back_to_border(Bytes bytes, std::size_t end) {
    for (std::size_t back = 1; back <= 3 && back <= end; ++back) {
        const auto byte = std::to_integer<std::uint8_t>(bytes[end - back]);
        if (byte < 0x80) return end;
        if (byte >= 0xc0) return end - back;
    }
    return end;
}

TAUTLINE_AVX2 __m256i load(const std::byte* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

TAUTLINE_AVX2 bool is_valid(__m256i now, __m256i previous) {
    // ASCII after ASCII breaks no rule.
    if (_mm256_movemask_epi8(_mm256_or_si256(now, previous)) == 0) return true;
    const __m256i errors = errors_in(now, previous);
    return _mm256_testz_si256(errors, errors) != 0;
}

}  // namespace

TAUTLINE_AVX2 std::size_t skip_valid_avx2(Bytes bytes) {
    constexpr std::size_t kStep = sizeof(__m256i);
    __m256i previous = _mm256_setzero_si256();
    std::size_t done = 0;
    for (; bytes.size() - done >= kStep; done += kStep) {
        const __m256i now = load(bytes.data() + done);
        if (!is_valid(now, previous)) return back_to_border(bytes, done);
        previous = now;
    }
    // The rest, filled up with zeros: a character that they cut counts as an error too.
    std::array<std::byte, kStep> rest{};
    std::ranges::copy(bytes.subspan(done), rest.begin());
    return is_valid(load(rest.data()), previous) ? bytes.size() : back_to_border(bytes, done);
}

}  // namespace tautline::utf8

#endif
