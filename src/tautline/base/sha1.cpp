// SPDX-License-Identifier: MIT
#include <tautline/base/sha1.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include <tautline/base/big_endian.hpp>

namespace tautline {

namespace {

using State = std::array<std::uint32_t, 5>;
constexpr std::size_t kBlockBytes = 64;

// FIPS 180-4 section 6.1.2 step 1.
std::array<std::uint32_t, 80> schedule(const std::byte* block) {
    std::array<std::uint32_t, 80> words{};
    for (std::size_t t = 0; t < 16; ++t)
        words[t] = static_cast<std::uint32_t>(read_big_endian(Bytes(block + 4 * t, 4)));
    for (std::size_t t = 16; t < 80; ++t) {
        words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
    }
    return words;
}

// FIPS 180-4 sections 4.1.1 and 4.2.1: the function and the constant of round `t`.
std::uint32_t mix(std::size_t t, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    if (t < 20) return ((b & c) ^ (~b & d)) + 0x5a827999;
    if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
    if (t < 60) return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

void absorb(State& state, const std::byte* block) {
    const auto words = schedule(block);
    auto [a, b, c, d, e] = state;
    for (std::size_t t = 0; t < 80; ++t) {
        const std::uint32_t next = std::rotl(a, 5) + mix(t, b, c, d) + e + words[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    const State added{a, b, c, d, e};
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += added[i];
}

// The last bytes with their padding: one block or two (FIPS 180-4 section 5.1.1).
void absorb_tail(State& state, Bytes tail, std::uint64_t message_bytes) {
    std::array<std::byte, 2 * kBlockBytes> padded{};
    if (!tail.empty()) std::memcpy(padded.data(), tail.data(), tail.size());
    padded[tail.size()] = std::byte{0x80};
    const std::size_t size = tail.size() + 9 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
    write_big_endian(message_bytes * 8, MutableBytes(padded).subspan(size - 8, 8));
    for (std::size_t offset = 0; offset < size; offset += kBlockBytes)
        absorb(state, &padded[offset]);
}

}  // namespace

std::array<std::byte, 20> sha1(Bytes message) {
    State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const std::size_t whole = message.size() / kBlockBytes * kBlockBytes;
    for (std::size_t offset = 0; offset < whole; offset += kBlockBytes) {
        absorb(state, message.data() + offset);
    }
    absorb_tail(state, message.subspan(whole), message.size());
    std::array<std::byte, 20> digest{};
    for (std::size_t i = 0; i < state.size(); ++i) {
        write_big_endian(state[i], MutableBytes(digest).subspan(4 * i, 4));
    }
    return digest;
}

}  // namespace tautline
