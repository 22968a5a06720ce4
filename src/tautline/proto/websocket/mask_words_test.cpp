// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/mask_words.hpp>

#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::websocket::masking {
namespace {

using test::ExactCopy;

constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};
// The longest payload of a short message is 125 bytes: eight words of sixteen.
constexpr std::size_t kLongest = 130;

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + 7);
    return bytes;
}

// RFC 6455 section 5.3, to the letter: octet i is XORed with octet i modulo 4 of the key.
std::vector<std::byte> by_definition(std::vector<std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= kKey[i % 4];
    return bytes;
}

TEST(MaskWords, MasksEveryLengthInPlace) {
    for (std::size_t length = 0; length <= kLongest; ++length) {
        ExactCopy block(pattern(length));
        std::byte* const start = block.bytes().data();
        mask_short(start, start, length, std::bit_cast<std::uint32_t>(kKey));
        ASSERT_TRUE(std::ranges::equal(block.bytes(), by_definition(pattern(length)))) << length;
    }
}

TEST(MaskWords, MasksEveryLengthIntoOtherMemory) {
    for (std::size_t length = 0; length <= kLongest; ++length) {
        const ExactCopy from(pattern(length));
        ExactCopy to(std::vector<std::byte>(length, std::byte{0xee}));
        mask_short(from.bytes().data(), to.bytes().data(), length,
                   std::bit_cast<std::uint32_t>(kKey));
        ASSERT_TRUE(std::ranges::equal(to.bytes(), by_definition(pattern(length)))) << length;
    }
}

TEST(MaskWords, CopiesWithAKeyOfZeros) {
    for (std::size_t length = 0; length <= kLongest; ++length) {
        const ExactCopy from(pattern(length));
        ExactCopy to(std::vector<std::byte>(length, std::byte{0xee}));
        mask_short(from.bytes().data(), to.bytes().data(), length, 0);
        ASSERT_TRUE(std::ranges::equal(to.bytes(), pattern(length))) << length;
    }
}

TEST(MaskWords, WordsOfEightBytesAtMostGiveTheSame) {
    for (std::size_t length = 0; length <= kLongest; ++length) {
        ExactCopy block(pattern(length));
        std::byte* const start = block.bytes().data();
        mask_few(start, start, length, std::bit_cast<std::uint32_t>(kKey));
        ASSERT_TRUE(std::ranges::equal(block.bytes(), by_definition(pattern(length)))) << length;
    }
}

}  // namespace
}  // namespace tautline::websocket::masking
