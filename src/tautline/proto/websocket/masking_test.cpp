// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/masking.hpp>

#include <algorithm>
#include <array>
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

// RFC 6455 section 5.3, to the letter: octet i is XORed with octet i modulo 4 of the key.
std::vector<std::byte> by_definition(Bytes bytes, std::uint64_t offset) {
    std::vector<std::byte> masked(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < masked.size(); ++i) masked[i] ^= kKey[(i + offset) % 4];
    return masked;
}

// RFC 6455 section 5.7: the masked "Hello".
TEST(Masking, UnmasksTheExampleOfTheRfc) {
    auto payload = wire("7f9f4d5158");
    apply_mask(payload, kKey, 0);
    EXPECT_EQ(as_text(payload), "Hello");
}

TEST(Masking, BeginsWithTheByteOfTheKeyForEveryOffsetAndLength) {
    constexpr std::array<std::uint64_t, 8> kOffsets{0, 1, 2, 3, 4, 7, (1ULL << 40) + 3, ~0ULL};
    for (const std::uint64_t offset : kOffsets) {
        for (std::size_t length = 0; length <= 100; ++length) {
            ExactCopy bytes(pattern(length));
            apply_mask(bytes.bytes(), kKey, offset);
            ASSERT_TRUE(std::ranges::equal(bytes.bytes(), by_definition(pattern(length), offset)))
                << length << " at " << offset;
        }
    }
}

TEST(Masking, CopiesEveryLengthWithoutTouchingTheSource) {
    for (std::size_t length = 0; length <= 200; ++length) {
        const ExactCopy from(pattern(length));
        ExactCopy to(std::vector<std::byte>(length, std::byte{0}));
        copy_masked(from.bytes(), to.bytes().data(), kKey, 5);
        ASSERT_TRUE(std::ranges::equal(to.bytes(), by_definition(from.bytes(), 5)));
        ASSERT_TRUE(std::ranges::equal(from.bytes(), pattern(length)));
    }
}

// The widest form begins at 4,096 bytes, and takes 64 at a time.
std::vector<std::size_t> all_and_some_large_lengths() {
    std::vector<std::size_t> lengths;
    for (std::size_t length = 0; length <= 1024; ++length) lengths.push_back(length);
    for (std::size_t length = 4090; length <= 4096 + 130; ++length) lengths.push_back(length);
    return lengths;
}

// The bytes before are seen not to change; those behind the end are seen by ASan.
TEST(Masking, F14_EveryFormAgreesForEveryLengthAndAlignment) {
    const auto key = std::bit_cast<std::uint32_t>(kKey);
    for (const auto form : masking::forms()) {
        for (const std::size_t length : all_and_some_large_lengths()) {
            for (std::size_t alignment = 0; alignment < 16; ++alignment) {
                const auto before = pattern(alignment + length);
                auto wanted = by_definition(Bytes(before).subspan(alignment), 0);
                wanted.insert(wanted.begin(), before.begin(),
                              before.begin() + static_cast<std::ptrdiff_t>(alignment));
                ExactCopy block(before);
                std::byte* const start = block.bytes().data() + alignment;
                form(start, start, length, key);
                ASSERT_TRUE(std::ranges::equal(block.bytes(), wanted))
                    << length << " at " << alignment;
            }
        }
    }
}

TEST(Masking, EverySplitInTwoGivesTheSameBytes) {
    const auto wanted = by_definition(pattern(150), 0);
    for (std::size_t split = 0; split <= 150; ++split) {
        auto bytes = pattern(150);
        apply_mask(MutableBytes(bytes).first(split), kKey, 0);
        apply_mask(MutableBytes(bytes).subspan(split), kKey, split);
        ASSERT_EQ(bytes, wanted) << split;
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
