// SPDX-License-Identifier: MIT
#include <tautline/base/parse_number.hpp>

#include <cstdint>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(ParseNumber, ReadsAllOfAText) {
    EXPECT_EQ(parse_number<std::uint16_t>("0"), 0);
    EXPECT_EQ(parse_number<std::uint16_t>("00080"), 80);
    EXPECT_EQ(parse_number<std::uint64_t>("1fF", 16), 0x1ffU);
    EXPECT_EQ(parse_number<std::uint64_t>("17", 8), 15U);
}

TEST(ParseNumber, ReadsNothingElse) {
    for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "a"}) {
        EXPECT_FALSE(parse_number<unsigned>(text)) << text;
    }
    EXPECT_FALSE(parse_number<unsigned>("8", 8));
}

TEST(ParseNumber, ReadsNoMoreThanFits) {
    EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
    EXPECT_FALSE(parse_number<std::uint16_t>("65536"));
    EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
    EXPECT_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
}

}  // namespace
}  // namespace tautline
