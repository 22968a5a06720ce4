// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_fragmenter.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tautline::websocket {
namespace {

// "text- hel | cont- lo w | cont ord": a minus marks frames with more to come, a star RSV1.
std::string frames_of(std::string_view payload, MessageFragmenter::Shape shape) {
    std::string frames;
    MessageFragmenter fragmenter(as_bytes(payload), shape);
    while (const auto frame = fragmenter.next()) {
        if (!frames.empty()) frames += " | ";
        frames += frame->opcode == Opcode::text     ? "text"
                  : frame->opcode == Opcode::binary ? "binary"
                                                    : "cont";
        frames += std::string(frame->rsv1 ? "*" : "") + (frame->fin ? "" : "-") + " ";
        frames += as_text(frame->payload);
    }
    return frames;
}

constexpr auto kText = MessageType::text;

TEST(MessageFragmenter, PutsAMessageIntoOneFrameWithoutALimit) {
    EXPECT_EQ(frames_of("hello", {.type = kText}), "text hello");
    EXPECT_EQ(frames_of("hello", {.type = MessageType::binary}), "binary hello");
}

TEST(MessageFragmenter, PutsAnEmptyMessageIntoOneFrame) {
    EXPECT_EQ(frames_of("", {.type = kText}), "text ");
    EXPECT_EQ(frames_of("", {.type = kText, .fragment_bytes = 3}), "text ");
}

TEST(MessageFragmenter, CutsAtTheLimit) {
    EXPECT_EQ(frames_of("abcd", {.type = kText, .fragment_bytes = 3}), "text- abc | cont d");
    EXPECT_EQ(frames_of("abc", {.type = kText, .fragment_bytes = 3}), "text abc");
    EXPECT_EQ(frames_of("ab", {.type = kText, .fragment_bytes = 3}), "text ab");
    EXPECT_EQ(frames_of("abcdefg", {.type = kText, .fragment_bytes = 3}),
              "text- abc | cont- def | cont g");
}

// RFC 7692 section 6.1.
TEST(MessageFragmenter, MarksOnlyTheFirstFrameAsCompressed) {
    EXPECT_EQ(frames_of("abcd", {.type = kText, .compressed = true, .fragment_bytes = 2}),
              "text*- ab | cont cd");
}

TEST(MessageFragmenter, BeginsAMessageInParts) {
    EXPECT_EQ(frames_of("ab", {.type = kText, .last = false}), "text- ab");
}

TEST(MessageFragmenter, ContinuesAMessageInParts) {
    EXPECT_EQ(frames_of("ab", {.compressed = true, .first = false, .last = false}), "cont- ab");
}

TEST(MessageFragmenter, EndsAMessageInParts) {
    EXPECT_EQ(frames_of("abcd", {.first = false, .last = true, .fragment_bytes = 3}),
              "cont- abc | cont d");
    EXPECT_EQ(frames_of("", {.first = false, .last = true}), "cont ");
}

}  // namespace
}  // namespace tautline::websocket
