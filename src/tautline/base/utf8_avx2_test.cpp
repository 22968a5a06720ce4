// SPDX-License-Identifier: MIT
#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/utf8_definition.hpp>
#include <tests/support/wire.hpp>

#include <tautline/base/utf8.hpp>

namespace tautline {
namespace {

using test::ExactCopy;
using test::utf8_by_definition;
using test::wire;

constexpr std::size_t kStep = 32;

class Utf8Avx2 : public testing::Test {
protected:
    void SetUp() override {
        if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "this processor has no AVX2";
    }
};

// All of a valid text; of another, whole characters up to the step that holds the end of them.
bool skips_what_is_valid(Bytes text) {
    const std::size_t skipped = utf8::skip_valid_avx2(text);
    const auto verdict = utf8_by_definition(text);
    if (verdict.whole_characters_end == text.size()) return skipped == text.size();
    const std::size_t last_step = verdict.first_bad.value_or(text.size()) / kStep * kStep;
    return skipped <= verdict.whole_characters_end && skipped + 3 >= last_step &&
           utf8_by_definition(text.first(skipped)).whole_characters_end == skipped;
}

// `bytes` in the middle of ASCII, from `place` on.
std::vector<std::byte> amid_ascii(Bytes bytes, std::size_t place) {
    std::vector text(3 * kStep, std::byte{'a'});
    std::ranges::copy(bytes, text.begin() + static_cast<std::ptrdiff_t>(place));
    return text;
}

TEST_F(Utf8Avx2, AgreesWithTheDefinitionOnEveryPairOfBytes) {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
        const std::array bytes{static_cast<std::byte>(pair >> 8), static_cast<std::byte>(pair)};
        ASSERT_TRUE(skips_what_is_valid(amid_ascii(bytes, 4))) << pair;
        ASSERT_TRUE(skips_what_is_valid(amid_ascii(bytes, kStep - 1))) << pair;
    }
}

// The places are those around the borders of a step and of its halves.
TEST_F(Utf8Avx2, F13_AgreesWithTheDefinitionOnEveryKindOfLongCharacter) {
    constexpr std::array kOthers{0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xff};
    for (unsigned first = 0xe0; first <= 0xff; ++first) {
        for (std::size_t others = 0; others < 11 * 11 * 11; ++others) {
            const std::array bytes{static_cast<std::byte>(first),
                                   static_cast<std::byte>(kOthers[others % 11]),
                                   static_cast<std::byte>(kOthers[others / 11 % 11]),
                                   static_cast<std::byte>(kOthers[others / 121])};
            for (const std::size_t place : {0U, 13U, 15U, 28U, 29U, 30U, 31U, 32U, 61U, 63U}) {
                ASSERT_TRUE(skips_what_is_valid(amid_ascii(bytes, place)))
                    << first << " " << others;
            }
        }
    }
}

TEST_F(Utf8Avx2, F13_SkipsMixedTextOfEveryLengthAndAlignment) {
    const auto characters = wire("61 c3a9 e282ac f09f9880 ed9fbf 7f f48fbfbf e0a080 ee8080 c280");
    std::vector<std::byte> text;
    while (text.size() < 200) text.insert(text.end(), characters.begin(), characters.end());
    for (std::size_t length = 0; length <= 200; ++length) {
        for (std::size_t alignment = 0; alignment < kStep; ++alignment) {
            std::vector block(alignment, std::byte{0xff});
            block.insert(block.end(), text.begin(), text.begin() + static_cast<int>(length));
            const ExactCopy copy(block);
            ASSERT_TRUE(skips_what_is_valid(copy.bytes().subspan(alignment))) << length;
        }
    }
}

TEST_F(Utf8Avx2, LeavesACharacterThatTheEndOfTheLastStepCuts) {
    for (const auto* cut : {"c3", "e2", "e2 82", "f0", "f0 9f", "f0 9f 98"}) {
        std::vector text(kStep, std::byte{'a'});
        const auto bytes = wire(cut);
        std::ranges::copy(bytes, text.end() - static_cast<std::ptrdiff_t>(bytes.size()));
        EXPECT_EQ(utf8::skip_valid_avx2(text), kStep - bytes.size()) << cut;
    }
}

TEST_F(Utf8Avx2, SkipsALongCharacterThatEndsWithTheLastStep) {
    const auto text = amid_ascii(wire("f09f9880"), 3 * kStep - 4);
    EXPECT_EQ(utf8::skip_valid_avx2(text), 3 * kStep);
}

TEST_F(Utf8Avx2, SkipsNothingOfNothing) { EXPECT_EQ(utf8::skip_valid_avx2({}), 0U); }

}  // namespace
}  // namespace tautline

#endif
