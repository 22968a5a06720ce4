// SPDX-License-Identifier: MIT
#include <chrono>

#include <gtest/gtest.h>

#include "json.hpp"

namespace tautline::taut {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(Json, TextIsQuoted) { EXPECT_EQ(quote_json("Grüße"), "\"Grüße\""); }

TEST(Json, QuotesAndBackslashesAreEscaped) { EXPECT_EQ(quote_json("a\"\\"), R"("a\"\\")"); }

TEST(Json, LineEndsAndTabsHaveShortForms) { EXPECT_EQ(quote_json("\n\r\t"), R"("\n\r\t")"); }

TEST(Json, OtherControlsAreEscapedByNumber) {
    EXPECT_EQ(quote_json(std::string_view("\0\x1b\x7f", 3)), R"("\u0000\u001b\u007f")");
}

TEST(Json, C1ControlsAreEscapedToo) { EXPECT_EQ(quote_json("\u0085\u00a0"), "\"\\u0085\u00a0\""); }

TEST(Json, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
    EXPECT_EQ(quote_json("a\xff\xe4\xb8"), "\"a\ufffd\ufffd\ufffd\"");
}

TEST(Json, ControlsOfTheDirectionAreEscaped) {
    EXPECT_EQ(quote_json("\u061c\u200e\u200f"), R"("\u061c\u200e\u200f")");
    EXPECT_EQ(quote_json("\u202a\u202b\u202c\u202d\u202e"), R"("\u202a\u202b\u202c\u202d\u202e")");
    EXPECT_EQ(quote_json("\u2066\u2067\u2068\u2069"), R"("\u2066\u2067\u2068\u2069")");
}

TEST(Json, WhatHidesBehindTheFirstPlaneIsEscapedAsSurrogates) {
    EXPECT_EQ(quote_json("\U000e0041"), R"("\udb40\udc41")");
}

TEST(Json, CharactersOfFourBytesStayWhole) { EXPECT_EQ(quote_json("😀€"), "\"😀€\""); }

TEST(JsonObject, IsEmptyWithoutMembers) { EXPECT_EQ(JsonObject().line(), "{}"); }

TEST(JsonObject, KeepsTheOrderOfItsMembers) {
    JsonObject object;

    object.add("b", "x").add("a", 1).add("c", true).add("d", 0.5);

    EXPECT_EQ(object.line(), R"({"b":"x","a":1,"c":true,"d":0.5})");
}

TEST(Timestamp, IsInUtcWithMilliseconds) {
    EXPECT_EQ(utc_timestamp(system_clock::time_point(milliseconds(1'787'390'100'007))),
              "2026-08-22T09:15:00.007Z");
}

TEST(Timestamp, OfTheEpochIsTheEpoch) {
    EXPECT_EQ(utc_timestamp(system_clock::time_point()), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace tautline::taut
