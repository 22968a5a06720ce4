// SPDX-License-Identifier: MIT
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/wire.hpp"
#include "values.hpp"

namespace tautline::taut {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Pair;

TEST(Duration, EveryUnitIsKnown) {
    EXPECT_EQ(parse_duration("250ms"), Duration(250ms));
    EXPECT_EQ(parse_duration("20s"), Duration(20s));
    EXPECT_EQ(parse_duration("2m"), Duration(2min));
    EXPECT_EQ(parse_duration("3min"), Duration(3min));
    EXPECT_EQ(parse_duration("1h"), Duration(1h));
}

TEST(Duration, APlainNumberIsSeconds) { EXPECT_EQ(parse_duration("5"), Duration(5s)); }

TEST(Duration, FractionsAreWelcome) { EXPECT_EQ(parse_duration("1.5s"), Duration(1500ms)); }

TEST(Duration, NonsenseIsRefusedWithAnExample) {
    for (const auto* text : {"", "s", "-1s", "1x", "1s2", "nan"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error(), HasSubstr("500ms"));
    }
}

// The library takes no more, and sums with it stay on the clock.
TEST(Duration, AYearIsTheMost) {
    EXPECT_EQ(parse_duration("8765h"), Duration(8765h));
    for (const auto* text : {"8766h", "29y", "1e30h", "inf"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    EXPECT_EQ(parse_duration("1e30h").error(), "\"1e30h\" is over a year");
}

TEST(Size, SuffixesArePowersOf1024) {
    EXPECT_EQ(parse_size("1000"), 1000U);
    EXPECT_EQ(parse_size("64k"), 65'536U);
    EXPECT_EQ(parse_size("32M"), 33'554'432U);
    EXPECT_EQ(parse_size("1G"), 1'073'741'824U);
    EXPECT_EQ(parse_size("10B"), 10U);
}

TEST(Size, LongSuffixesAreUnderstood) {
    EXPECT_EQ(parse_size("2KiB"), 2048U);
    EXPECT_EQ(parse_size("2kB"), 2048U);
}

TEST(Size, NonsenseIsRefused) {
    for (const auto* text : {"", "k", "-1", "1x", "1kX", "1.5M", "0", "0k"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

TEST(Size, WhatDoesNotFitIsRefused) {
    EXPECT_TRUE(parse_size("17179869183G"));
    EXPECT_FALSE(parse_size("17179869184G"));
}

TEST(SomeTime, IsMoreThanNothing) {
    EXPECT_EQ(parse_some_time("1ms"), std::chrono::milliseconds(1));
    for (const auto* text : {"0", "0ms", "soon"}) EXPECT_FALSE(parse_some_time(text)) << text;
}

TEST(Origin, HasSchemeAndHostAndNoMore) {
    for (const auto* text : {"https://example.org", "http://[::1]:81", "null"}) {
        EXPECT_EQ(parse_origin(text), text);
    }
    for (const auto* text : {"", "foo", "example.org", "https://", "://x", "https://x/",
                             "https://x?a", "https://u@x", "https://x y"}) {
        EXPECT_FALSE(parse_origin(text)) << text;
    }
    EXPECT_EQ(parse_origin("https://Example.org:443"), "https://example.org");
    EXPECT_THAT(parse_origin("*").error(), HasSubstr("--any-origin"));
}

TEST(Subprotocol, IsAToken) {
    EXPECT_EQ(parse_subprotocol("v1.chat"), "v1.chat");
    for (const auto* text : {"", "a b", "a,b"}) EXPECT_FALSE(parse_subprotocol(text)) << text;
}

TEST(Header, NameAndValueAreTakenApart) {
    EXPECT_THAT(parse_header("X-Test: a: b ").value(), Pair("X-Test", "a: b"));
}

TEST(Header, TheValueMayBeEmpty) {
    EXPECT_THAT(parse_header("X-Test:").value(), Pair("X-Test", ""));
}

TEST(Header, WithoutAColonItIsRefused) { EXPECT_FALSE(parse_header("X-Test")); }

TEST(Header, ANameThatMayNotBeSentIsRefused) {
    EXPECT_FALSE(parse_header("X Test: a"));
    EXPECT_FALSE(parse_header(": a"));
}

TEST(Header, AValueWithALineFeedIsRefused) { EXPECT_FALSE(parse_header("X: a\r\nY: b")); }

TEST(WindowBits, TwoNumbersAreClientAndServer) {
    EXPECT_THAT(parse_window_bits("10,12").value(), Pair(10, 12));
}

TEST(WindowBits, OneNumberIsBoth) { EXPECT_THAT(parse_window_bits("11").value(), Pair(11, 11)); }

TEST(WindowBits, OnlyNineToFifteenExist) {
    EXPECT_TRUE(parse_window_bits("9,15"));
    for (const auto* text : {"8", "16", "9,16", "8,9", "a", "9,", ""}) {
        EXPECT_FALSE(parse_window_bits(text)) << text;
    }
}

TEST(Credentials, TheFirstColonParts) {
    EXPECT_THAT(parse_credentials("me:a:b").value(), Pair("me", "a:b"));
}

TEST(Credentials, WithoutAColonTheyAreRefused) { EXPECT_FALSE(parse_credentials("me")); }

TEST(Credentials, OneHalfMayBeEmptyButNotBoth) {
    EXPECT_THAT(parse_credentials("me:").value(), Pair("me", ""));
    EXPECT_THAT(parse_credentials(":x").value(), Pair("", "x"));
    EXPECT_FALSE(parse_credentials(":"));
}

TEST(HexInput, BlanksBetweenPairsAreWelcome) {
    EXPECT_EQ(parse_hex("00 fF7a").value(), test::wire("00 ff 7a"));
}

TEST(HexInput, NothingIsNoBytes) { EXPECT_TRUE(parse_hex("").value().empty()); }

TEST(HexInput, HalfAPairIsRefused) {
    EXPECT_FALSE(parse_hex("0"));
    EXPECT_FALSE(parse_hex("0 0"));
}

TEST(HexInput, OtherLettersAreRefused) { EXPECT_FALSE(parse_hex("0g")); }

}  // namespace
}  // namespace tautline::taut
