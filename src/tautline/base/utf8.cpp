// SPDX-License-Identifier: MIT
#include <tautline/base/utf8.hpp>

#include <cstring>

namespace tautline {

namespace {

// What may come next, as a state:
//
//     0        a new character
//     1 2 3    that many continuation bytes 80..bf
//     4        a0..bf, then 1  (after e0: shorter forms exist below)
//     5        80..9f, then 1  (after ed: surrogates lie above)
//     6        90..bf, then 2  (after f0: shorter forms exist below)
//     7        80..8f, then 2  (after f4: U+10FFFF is the last)
constexpr std::uint8_t kAfterE0 = 4;
constexpr std::uint8_t kAfterEd = 5;
constexpr std::uint8_t kAfterF0 = 6;
constexpr std::uint8_t kAfterF4 = 7;
constexpr std::uint8_t kBad = 0xff;

constexpr bool between(std::uint8_t byte, std::uint8_t low, std::uint8_t high) {
    return byte >= low && byte <= high;
}

// RFC 3629 section 4, the first byte of a character.
constexpr std::uint8_t after_first(std::uint8_t byte) {
    if (byte < 0x80) return 0;
    if (byte < 0xc2) return kBad;  // a continuation byte, or a form that is too long
    if (byte < 0xe0) return 1;
    if (byte == 0xe0) return kAfterE0;
    if (byte == 0xed) return kAfterEd;
    if (byte < 0xf0) return 2;
    if (byte == 0xf0) return kAfterF0;
    if (byte < 0xf4) return 3;
    return byte == 0xf4 ? kAfterF4 : kBad;
}

constexpr std::uint8_t next_state(std::uint8_t state, std::uint8_t byte) {
    switch (state) {
        case 0: return after_first(byte);
        case kAfterE0: return between(byte, 0xa0, 0xbf) ? 1 : kBad;
        case kAfterEd: return between(byte, 0x80, 0x9f) ? 1 : kBad;
        case kAfterF0: return between(byte, 0x90, 0xbf) ? 2 : kBad;
        case kAfterF4: return between(byte, 0x80, 0x8f) ? 2 : kBad;
        default: break;  // 1 to 3
    }
    return between(byte, 0x80, 0xbf) ? static_cast<std::uint8_t>(state - 1) : kBad;
}

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

std::uint64_t load_word(const std::byte* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

constexpr bool is_ascii(std::uint64_t word) { return (word & 0x8080808080808080) == 0; }

// Below this the vectors cost more than they save.
constexpr std::size_t kVectorBytes = 16;

// Most texts are ASCII to their end: then nothing else is checked.
std::size_t skip_valid(Bytes bytes) {
    const std::size_t skipped = utf8::skip_ascii(bytes);
    if (bytes.size() - skipped < kVectorBytes) return skipped;
    static const utf8::SkipValid best = utf8::best_skip_valid();
    return skipped + best(bytes.subspan(skipped));
}

}  // namespace

// Checks the rest of a character that the last piece cut. Returns the bytes after it.
Bytes Utf8Validator::finish_character(Bytes bytes) {
    while (state_ != 0 && !bytes.empty() && feed_scalar(bytes.first(1))) bytes = bytes.subspan(1);
    return bytes;
}

bool Utf8Validator::feed_scalar(Bytes bytes) {
    std::uint8_t state = state_;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (state == 0 && bytes.size() - i > kWordBytes && is_ascii(load_word(&bytes[i]))) {
            i += kWordBytes;
        }
        state = next_state(state, std::to_integer<std::uint8_t>(bytes[i]));
        if (state == kBad) [[unlikely]] {
            offset_ += i;
            state_ = kFailed;
            return false;
        }
    }
    offset_ += bytes.size();
    state_ = state;
    return true;
}

bool Utf8Validator::feed(Bytes bytes) {
    if (failed()) return false;
    bytes = finish_character(bytes);
    if (failed()) return false;
    const std::size_t skipped = skip_valid(bytes);
    offset_ += skipped;
    return feed_scalar(bytes.subspan(skipped));
}

bool is_utf8(Bytes text) {
    Utf8Validator validator;
    return validator.feed(text) && validator.complete();
}

namespace utf8 {

std::size_t skip_ascii(Bytes bytes) {
    const std::byte* from = bytes.data();
    std::size_t skipped = 0;
    // Four words a step: a loop that compilers turn into vectors of their own.
    for (; bytes.size() - skipped >= 4 * kWordBytes; skipped += 4 * kWordBytes) {
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < 4; ++i) all |= load_word(from + skipped + i * kWordBytes);
        if (!is_ascii(all)) break;
    }
    for (; bytes.size() - skipped >= kWordBytes; skipped += kWordBytes) {
        if (!is_ascii(load_word(from + skipped))) return skipped;
    }
    // The rest is in the last word, together with bytes that were seen already.
    if (skipped == 0 || !is_ascii(load_word(from + bytes.size() - kWordBytes))) return skipped;
    return bytes.size();
}

SkipValid best_skip_valid() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") ? skip_valid_avx2 : skip_ascii;
#else
    return skip_ascii;
#endif
}

}  // namespace utf8
}  // namespace tautline
