// SPDX-License-Identifier: MIT
#include <tautline/session/message.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Message, OwnsACopyOfAView) {
    std::string original = "hello";
    const Message message(MessageView{MessageType::text, as_bytes(original)});
    original = "other";
    EXPECT_TRUE(message.is_text());
    EXPECT_EQ(message.text(), "hello");
    EXPECT_EQ(message.bytes().size(), 5U);
}

TEST(Message, ShowsItselfAsAView) {
    const Message message(MessageType::binary, "\xff");
    const MessageView view = message;
    EXPECT_EQ(view.type, MessageType::binary);
    EXPECT_FALSE(view.is_text());
    EXPECT_EQ(view.text(), "\xff");
}

TEST(Message, GivesItsPayloadAway) {
    Message message(MessageType::text, "hello");
    EXPECT_EQ(message.take(), "hello");
}

TEST(Part, OwnsACopyOfAView) {
    std::string original = "hello";
    const Part part({.type = MessageType::binary, .bytes = as_bytes(original), .last = false});
    original = "other";
    EXPECT_FALSE(part.is_text());
    EXPECT_TRUE(part.first());
    EXPECT_FALSE(part.last());
    EXPECT_EQ(part.text(), "hello");
    EXPECT_EQ(part.bytes().size(), 5U);
}

TEST(Part, GivesItsBytesAway) {
    Part part({.bytes = as_bytes("hello")});
    EXPECT_EQ(part.take(), "hello");
}

}  // namespace
}  // namespace tautline
