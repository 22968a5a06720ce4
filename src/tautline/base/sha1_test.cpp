// SPDX-License-Identifier: MIT
#include <tautline/base/sha1.hpp>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::wire;

bool digest_is(std::string_view message, std::string_view hex) {
    return std::ranges::equal(sha1(as_bytes(message)), wire(hex));
}

// The examples of FIPS 180 and of NIST's example values.
TEST(Sha1, DigestsTheVectorsOfTheStandard) {
    EXPECT_TRUE(digest_is("abc", "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d"));
    EXPECT_TRUE(digest_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                          "84983e44 1c3bd26e baae4aa1 f95129e5 e54670f1"));
    EXPECT_TRUE(digest_is("", "da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709"));
}

TEST(Sha1, DigestsAMillionTimesTheLetterA) {
    EXPECT_TRUE(
        digest_is(std::string(1'000'000, 'a'), "34aa973c d4c4daa4 f61eeb2b dbad2731 6534016f"));
}

// Made with coreutils' sha1sum: around the borders of the padding.
TEST(Sha1, DigestsEveryLengthAroundABlockBorder) {
    EXPECT_TRUE(digest_is(std::string(55, 'a'), "c1c8bbdc22796e28c0e15163d20899b65621d65a"));
    EXPECT_TRUE(digest_is(std::string(56, 'a'), "c2db330f6083854c99d4b5bfb6e8f29f201be699"));
    EXPECT_TRUE(digest_is(std::string(63, 'a'), "03f09f5b158a7a8cdad920bddc29b81c18a551f5"));
    EXPECT_TRUE(digest_is(std::string(64, 'a'), "0098ba824b5c16427bd7a1122a5a442a25ec644d"));
    EXPECT_TRUE(digest_is(std::string(65, 'a'), "11655326c708d70319be2610e8a57d9a5b959d3b"));
}

}  // namespace
}  // namespace tautline
