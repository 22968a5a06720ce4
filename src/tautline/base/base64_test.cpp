// SPDX-License-Identifier: MIT
#include <tautline/base/base64.hpp>

#include <array>
#include <utility>

#include <gtest/gtest.h>

namespace tautline {
namespace {

// RFC 4648 section 10.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{
    {{"", ""},
     {"f", "Zg=="},
     {"fo", "Zm8="},
     {"foo", "Zm9v"},
     {"foob", "Zm9vYg=="},
     {"fooba", "Zm9vYmE="},
     {"foobar", "Zm9vYmFy"}}};

TEST(Base64, EncodesEveryVectorOfTheStandard) {
    for (const auto& [plain, encoded] : kVectors)
        EXPECT_EQ(encode_base64(as_bytes(plain)), encoded);
}

TEST(Base64, DecodesEveryVectorOfTheStandard) {
    for (const auto& [plain, encoded] : kVectors) {
        const Bytes wanted = as_bytes(plain);
        EXPECT_EQ(decode_base64(encoded), std::vector<std::byte>(wanted.begin(), wanted.end()));
    }
}

TEST(Base64, RoundTripsEveryByte) {
    std::vector<std::byte> all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
    EXPECT_EQ(decode_base64(encode_base64(all)), all);
}

TEST(Base64, RefusesAMissingPadding) {
    EXPECT_FALSE(decode_base64("Zg"));
    EXPECT_FALSE(decode_base64("Zg="));
    EXPECT_FALSE(decode_base64("Zm8"));
}

TEST(Base64, RefusesTooMuchPadding) {
    EXPECT_FALSE(decode_base64("Z==="));
    EXPECT_FALSE(decode_base64("===="));
    EXPECT_FALSE(decode_base64("Zm9v===="));
}

TEST(Base64, RefusesPaddingInTheMiddle) {
    EXPECT_FALSE(decode_base64("Zg==Zm9v"));
    EXPECT_FALSE(decode_base64("Z=9v"));
}

TEST(Base64, RefusesBlanksAndForeignCharacters) {
    EXPECT_FALSE(decode_base64("Zm 9"));
    EXPECT_FALSE(decode_base64("Zm9v\n"));
    EXPECT_FALSE(decode_base64("Zm-_"));
    EXPECT_FALSE(decode_base64(std::string_view("Zm9\0", 4)));
}

TEST(Base64, RefusesBitsThatThePaddingCutsOff) {
    EXPECT_FALSE(decode_base64("Zh=="));
    EXPECT_FALSE(decode_base64("Zm9="));
}

}  // namespace
}  // namespace tautline
