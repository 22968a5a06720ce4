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

}  // namespace
}  // namespace tautline::taut
