// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "escape.hpp"
#include "tests/support/wire.hpp"

namespace tautline::taut {
namespace {

TEST(Escape, OrdinaryTextStaysAsItIs) {
    EXPECT_EQ(escape_for_terminal("Grüße, 世界 😀\tend"), "Grüße, 世界 😀\tend");
}

TEST(Escape, L18_NoneOfTheC0ControlsPassesButTheTab) {
    for (char c = 0; c < 0x20; ++c) {
        if (c == '\t') continue;
        const auto shown = escape_for_terminal(std::string(1, c));
        EXPECT_EQ(shown[0], '\\') << static_cast<int>(c);
        EXPECT_EQ(shown.find(c), std::string::npos) << static_cast<int>(c);
    }
}

TEST(Escape, L18_AnAnsiSequenceIsShownAndNotObeyed) {
    EXPECT_EQ(escape_for_terminal("\x1b[31mred\x1b]0;title\x07"), "\\e[31mred\\e]0;title\\x07");
}

TEST(Escape, DeleteIsEscaped) { EXPECT_EQ(escape_for_terminal("a\x7f"), "a\\x7f"); }

TEST(Escape, EveryC1ControlInUtf8IsEscaped) {
    for (int point = 0x80; point < 0xa0; ++point) {
        const std::string text = {'\xc2', static_cast<char>(point)};
        EXPECT_TRUE(escape_for_terminal(text).starts_with("\\u{")) << point;
    }
}

TEST(Escape, ABareC1ByteIsEscapedAsAByte) {
    EXPECT_EQ(escape_for_terminal("\x9b"
                                  "31m"),
              "\\x9b31m");
}

TEST(Escape, TheFirstCharacterBehindC1Passes) {
    EXPECT_EQ(escape_for_terminal("\u00a0"), "\u00a0");
}

TEST(Escape, OverridesOfTheDirectionAreEscaped) {
    EXPECT_EQ(escape_for_terminal("\u202egpj.exe"), "\\u{202e}gpj.exe");
    EXPECT_EQ(escape_for_terminal("\u2066x\u2069"), "\\u{2066}x\\u{2069}");
}

TEST(Escape, InvisibleCharactersAreEscaped) {
    EXPECT_EQ(escape_for_terminal("a\u200bb\ufeff"), "a\\u{200b}b\\u{feff}");
    EXPECT_EQ(escape_for_terminal("\U000e0041"), "\\u{e0041}");
}

TEST(Escape, BytesThatAreNotUtf8AreEscapedOneByOne) {
    EXPECT_EQ(escape_for_terminal("\xff\xc3("), "\\xff\\xc3(");
}

TEST(Escape, HalfACharacterAtTheEndIsEscaped) {
    EXPECT_EQ(escape_for_terminal("a\xe4\xb8"), "a\\xe4\\xb8");
}

TEST(Escape, LineFeedsAreEscapedUnlessAskedFor) {
    EXPECT_EQ(escape_for_terminal("a\nb"), "a\\nb");
    EXPECT_EQ(escape_for_terminal("a\nb", LineFeeds::kept), "a\nb");
}

TEST(Escape, AnIndentedLineCannotPassForALineOfOurs) {
    EXPECT_EQ(escape_for_terminal("a\n< b", LineFeeds::indented), "a\n  < b");
}

TEST(Escape, ACarriageReturnIsEscapedEvenWhenLineFeedsAreKept) {
    EXPECT_EQ(escape_for_terminal("a\r\nb", LineFeeds::kept), "a\\r\nb");
}

TEST(Cut, ShortTextStaysWhole) { EXPECT_EQ(cut("abc", 3), "abc"); }

TEST(Cut, LongTextIsCutAtTheLimit) { EXPECT_EQ(cut("abcd", 3), "abc"); }

TEST(Cut, ACharacterIsNotCutInTwo) {
    EXPECT_EQ(cut("aé€", 2), "a");
    EXPECT_EQ(cut("aé€", 3), "aé");
    EXPECT_EQ(cut("aé€", 5), "aé");
}

TEST(Cut, StrayContinuationBytesDoNotRunOverTheFront) { EXPECT_EQ(cut("\x80\x80\x80", 2), ""); }

TEST(Hex, BytesAreWrittenInPairs) {
    const auto bytes = test::wire("00 ff 7a");
    EXPECT_EQ(to_hex(bytes), "00 ff 7a");
}

TEST(Hex, NoBytesAreNothing) { EXPECT_EQ(to_hex({}), ""); }

TEST(Hex, ALongMessageIsShownInPart) {
    EXPECT_EQ(shown_binary(test::wire("00 ff 7a")), "[binary, 3 bytes] 00 ff 7a");
    const std::vector<std::byte> zeros(257);
    const auto whole = shown_binary(Bytes(zeros).first(256));
    EXPECT_TRUE(whole.ends_with(" 00 00")) << whole;
    const auto cut_off = shown_binary(zeros);
    EXPECT_TRUE(cut_off.ends_with(" 00 00 …")) << cut_off;
    EXPECT_TRUE(cut_off.starts_with("[binary, 257 bytes] 00 ")) << cut_off;
}

TEST(Escape, AQueryIsLeftOut) {
    EXPECT_EQ(without_query("/a/b"), "/a/b");
    EXPECT_EQ(without_query("/a?token=x?y"), "/a?[left out]");
    EXPECT_EQ(without_query("?"), "?[left out]");
}

}  // namespace
}  // namespace tautline::taut
