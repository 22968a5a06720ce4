// SPDX-License-Identifier: MIT
#include <string>

#include <gtest/gtest.h>

#include "key_sequence.hpp"

namespace tautline::taut {
namespace {

TEST(WholeKeys, LettersAreKeys) { EXPECT_EQ(whole_keys("abc\r"), 4U); }

TEST(WholeKeys, NothingIsNoKey) { EXPECT_EQ(whole_keys(""), 0U); }

TEST(WholeKeys, EveryPrefixOfAKeyIsKeptBack) {
    using std::literals::operator""s;
    for (const auto& key : {"\x1b[A"s, "\x1b[1;5C"s, "\x1bOH"s,
                            "\x1b"
                            "f"s,
                            "é"s, "€"s, "😀"s,
                            "\x1b"
                            "é"s,
                            "\x16"
                            "x"s,
                            "\x18"
                            "e"s}) {
        for (std::size_t length = 0; length < key.size(); ++length) {
            EXPECT_EQ(whole_keys("a" + key.substr(0, length)), 1U) << key.substr(1) << length;
        }
        EXPECT_EQ(whole_keys("a" + key), key.size() + 1) << key.substr(1);
    }
}

TEST(WholeKeys, ASequenceEndsInFrontOfWhatCannotBelongToIt) {
    for (const std::string next : {"\r", "\x03", "\x7f", "é"}) {
        EXPECT_EQ(whole_keys("\x1b[1;" + next), 4U + next.size());
        EXPECT_EQ(keys_for_editor("\x1b[1;" + next), next);
    }
}

TEST(KeysForEditor, LettersAndControlsPass) {
    EXPECT_EQ(keys_for_editor("aé€😀\t\x01\x16\x1b\x18x\x7f\r"), "aé€😀\t\x01\x16\x1b\x18x\x7f\r");
}

TEST(KeysForEditor, KeysThatTheEditorKnowsPass) {
    EXPECT_EQ(keys_for_editor("\x1b[A\x1bOB\x1b[C\x1b[D\x1b[3~"),
              "\x1b[A\x1b[B\x1b[C\x1b[D\x1b[3~");
}

TEST(KeysForEditor, HomeAndEndAreTheSameInEveryTerminal) {
    EXPECT_EQ(keys_for_editor("\x1b[H\x1bOH\x1b[1~\x1b[7~"), "\x01\x01\x01\x01");
    EXPECT_EQ(keys_for_editor("\x1b[F\x1bOF\x1b[4~\x1b[8~"), "\x05\x05\x05\x05");
}

TEST(KeysForEditor, ArrowsWithControlGoWordByWord) {
    EXPECT_EQ(keys_for_editor("\x1b[1;5C\x1b[1;5D"),
              "\x1b"
              "f\x1b"
              "b");
}

TEST(KeysForEditor, EveryUnknownSequenceIsLeftOutWhole) {
    for (const std::string key :
         {"\x1b[2~", "\x1b[5~", "\x1b[6~", "\x1b[15~", "\x1b[24~", "\x1b[Z", "\x1b[I", "\x1b[3;5~",
          "\x1b[1;2A", "\x1b[?1;2c", "\x1b[ q", "\x1b[[A", "\x1bOP", "\x1bOj", "\x1b\x1b[A",
          "\x1b\x1bOP", "\x1bé"}) {
        EXPECT_EQ(whole_keys(key), key.size()) << key.substr(1);
        EXPECT_EQ(keys_for_editor("a" + key + "b"), "ab") << key.substr(1);
    }
}

TEST(KeysForEditor, AltWithALetterIsForTheEditor) {
    const std::string key =
        "\x1b"
        "f";
    EXPECT_EQ(keys_for_editor(key), key);
}

TEST(KeysForEditor, WhatIsPastedIsAsIfItWereTyped) {
    EXPECT_EQ(keys_for_editor("\x1b[200~one\rtwo\n\x1b[201~\r"), "one\rtwo\n\r");
}

TEST(InOneLine, LineBreaksAreOfOneKind) {
    EXPECT_EQ(in_one_line("a\nb\rc\r\nd"), "a\rb\rc\rd");
    EXPECT_EQ(in_one_line("\n\r\n\n\tx"), "\r\r\r\tx");
}

TEST(InOneLine, TheLastLineHasNoBreak) {
    EXPECT_EQ(in_one_line("a\r\n"), "a");
    EXPECT_EQ(in_one_line("a\n\n"), "a\r");
    EXPECT_EQ(in_one_line(""), "");
}

}  // namespace
}  // namespace tautline::taut
