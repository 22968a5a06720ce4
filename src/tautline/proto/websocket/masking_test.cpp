// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/masking.hpp>

#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::ExactCopy;
using test::wire;

constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 256);
    return bytes;
}

// RFC 6455 section 5.3, word for word: octet i is XORed with octet i modulo 4 of the key.
std::vector<std::byte> by_definition(Bytes bytes, std::uint64_t offset) {
    std::vector<std::byte> masked(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < masked.size(); ++i) masked[i] ^= kKey[(i + offset) % 4];
    return masked;
}

std::vector<masking::Form> every_form() {
    std::vector<masking::Form> forms{masking::mask_scalar};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) forms.push_back(masking::mask_avx2);
    if (__builtin_cpu_supports("avx512f")) forms.push_back(masking::mask_avx512);
#elif defined(__aarch64__)
    forms.push_back(masking::mask_neon);
#endif
    return forms;
}

// RFC 6455 section 5.7: the masked "Hello".
TEST(Masking, UnmasksTheExampleOfTheRfc) {
    auto payload = wire("7f9f4d5158");
    apply_mask(payload, kKey, 0);
    EXPECT_EQ(as_text(payload), "Hello");
}

TEST(Masking, ContinuesAtEveryOffset) {
    for (std::uint64_t offset : {0ULL, 1ULL, 2ULL, 3ULL, 4ULL, 7ULL, (1ULL << 40) + 3}) {
        auto bytes = pattern(100);
        const auto wanted = by_definition(bytes, offset);
        apply_mask(bytes, kKey, offset);
        EXPECT_EQ(bytes, wanted) << offset;
    }
}

TEST(Masking, CopiesWithoutTouchingTheSource) {
    const auto from = pattern(1000);
    ExactCopy to(from);
    copy_masked(from, to.bytes().data(), kKey, 5);
    EXPECT_TRUE(std::ranges::equal(to.bytes(), by_definition(from, 5)));
    EXPECT_EQ(from, pattern(1000));
}

TEST(Masking, F14_EveryFormAgreesForEveryLengthAndAlignment) {
    const auto key = std::bit_cast<std::uint32_t>(kKey);
    for (const auto form : every_form()) {
        for (std::size_t length = 0; length <= 1024; ++length) {
            for (std::size_t alignment = 0; alignment < 16; ++alignment) {
                ExactCopy block(pattern(alignment + length));
                const auto bytes = block.bytes().subspan(alignment);
                const auto wanted = by_definition(bytes, 0);
                form(bytes.data(), bytes.data(), length, key);
                ASSERT_TRUE(std::ranges::equal(bytes, wanted)) << length << " at " << alignment;
            }
        }
    }
}

TEST(Masking, MaskingTwiceGivesTheOriginal) {
    auto bytes = pattern(777);
    apply_mask(bytes, kKey, 2);
    apply_mask(bytes, kKey, 2);
    EXPECT_EQ(bytes, pattern(777));
}

}  // namespace
}  // namespace tautline::websocket
