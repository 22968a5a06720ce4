// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/subprotocol.hpp>

#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

TEST(Subprotocols, AreTokensThatDiffer) {
    EXPECT_TRUE(are_subprotocols({}));
    EXPECT_TRUE(are_subprotocols({"soap", "chat.v2+json", "Chat.v2+json"}));
}

TEST(Subprotocols, AreNeverRepeated) { EXPECT_FALSE(are_subprotocols({"b", "a", "b"})); }

TEST(Subprotocols, AreNothingButTokens) {
    EXPECT_FALSE(are_subprotocols({"a", ""}));
    EXPECT_FALSE(are_subprotocols({"a b"}));
    EXPECT_FALSE(are_subprotocols({"a\r\nX: y"}));
    EXPECT_FALSE(are_subprotocols({"\"a\""}));
}

TEST(ChooseSubprotocol, PrefersTheOrderOfTheServer) {
    EXPECT_EQ(choose_subprotocol({"x", "b", "a"}, {"a", "b"}), "b");
}

TEST(ChooseSubprotocol, FindsNoneAmongOthers) {
    EXPECT_EQ(choose_subprotocol({"A", "ab"}, {"a"}), "");
    EXPECT_EQ(choose_subprotocol({}, {"a"}), "");
}

}  // namespace
}  // namespace tautline::websocket
