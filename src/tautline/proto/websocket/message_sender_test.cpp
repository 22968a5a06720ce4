// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_sender.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/shared.hpp>

namespace tautline::websocket {
namespace {

using test::wire;

constexpr auto kText = MessageType::text;

class MessageSenderTest : public testing::Test {
protected:
    MessageSenderTest() = default;
    explicit MessageSenderTest(const deflate::Compressor::Settings& agreed) : sender_(agreed) {}

    std::vector<std::byte> sent() {
        std::vector<std::byte> bytes;
        for (const Bytes piece : outbox_.poll_transmit()) {
            bytes.insert(bytes.end(), piece.begin(), piece.end());
        }
        outbox_.transmitted(bytes.size(), 0);
        return bytes;
    }
    static MessageSender::Message text(std::string_view payload, std::size_t fragment_bytes = 0) {
        return {.type = kText, .payload = as_bytes(payload), .fragment_bytes = fragment_bytes};
    }
    static MessageSender::Message compress(std::string_view payload) {
        return {.type = kText, .payload = as_bytes(payload), .compress = true};
    }
    static std::string inflated(Bytes payload) {
        deflate::Decompressor decompressor({});
        Buffer out;
        EXPECT_TRUE(decompressor.inflate(payload, true, 100000, out));
        return std::string(as_text(std::as_const(out).readable()));
    }

    Outbox outbox_{Role::server, nullptr};
    MessageSender sender_;
};

TEST_F(MessageSenderTest, WritesAMessageAsOneFrame) {
    EXPECT_TRUE(sender_.send(text("Hello"), outbox_));

    EXPECT_EQ(sent(), wire("81 05 | 48656c6c6f"));
}

TEST_F(MessageSenderTest, GivesBackTheMemoryThatItCompressedInto) {
    BufferPool buffers;
    MessageSender sender(deflate::Compressor::Settings{}, nullptr, &buffers);

    EXPECT_TRUE(sender.send(compress("Hello"), outbox_));

    EXPECT_EQ(buffers.spare(), 1U);
    EXPECT_EQ(sent(), wire("c1 07 | f248cdc9c90700"));
}

TEST_F(MessageSenderTest, WritesBinaryAsItIs) {
    const auto payload = wire("00ff");

    EXPECT_TRUE(sender_.send({.payload = payload}, outbox_));

    EXPECT_EQ(sent(), wire("82 02 | 00ff"));
}

TEST_F(MessageSenderTest, FragmentsLongMessages) {
    EXPECT_TRUE(sender_.send(text("Hello", 3), outbox_));

    EXPECT_EQ(sent(), wire("01 03 | 48656c | 80 02 | 6c6f"));
}

// RFC 6455 section 5.6.
TEST_F(MessageSenderTest, WritesAMessageOfTheFragmentSizeAsOneFrame) {
    ASSERT_TRUE(sender_.send(text("abc", 3), outbox_));

    EXPECT_EQ(sent(), wire("81 03 | 616263"));
}

TEST_F(MessageSenderTest, IsPlainAndEmptyExceptBetweenTheParts) {
    EXPECT_TRUE(sender_.plain() && sender_.empty());
    ASSERT_TRUE(sender_.send_part(text("a"), false, outbox_));
    EXPECT_FALSE(sender_.plain() || sender_.empty());

    ASSERT_TRUE(sender_.send_part(text("b"), true, outbox_));

    EXPECT_TRUE(sender_.plain() && sender_.empty());
}

TEST_F(MessageSenderTest, RefusesTextThatIsNotUtf8) {
    EXPECT_EQ(sender_.send(text("a\xff"), outbox_).error(), UsageError::text_not_utf8);
    EXPECT_EQ(sender_.send(text("\xe2\x82"), outbox_).error(), UsageError::text_not_utf8);
    EXPECT_TRUE(sent().empty());
}

TEST_F(MessageSenderTest, WritesAMessageInParts) {
    EXPECT_TRUE(sender_.send_part(text("He"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(text("l"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(text("lo"), true, outbox_));

    EXPECT_EQ(sent(), wire("01 02 | 4865 | 00 01 | 6c | 80 02 | 6c6f"));
}

TEST_F(MessageSenderTest, WritesAMessageOfOnePart) {
    EXPECT_TRUE(sender_.send_part(text("Hello"), true, outbox_));

    EXPECT_EQ(sent(), wire("81 05 | 48656c6c6f"));
}

TEST_F(MessageSenderTest, WritesNoFrameForAnEmptyPartInTheMiddle) {
    EXPECT_TRUE(sender_.send_part(text(""), false, outbox_));
    EXPECT_TRUE(sender_.send_part(text("a"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(text(""), true, outbox_));

    EXPECT_EQ(sent(), wire("01 01 | 61 | 80 00"));
}

TEST_F(MessageSenderTest, RefusesAMessageWhileOneIsOpen) {
    ASSERT_TRUE(sender_.send_part(text("a"), false, outbox_));

    EXPECT_EQ(sender_.send(text("b"), outbox_).error(), UsageError::message_open);
}

TEST_F(MessageSenderTest, RefusesAPartOfAnotherType) {
    ASSERT_TRUE(sender_.send_part(text("a"), false, outbox_));

    EXPECT_EQ(sender_.send_part({.type = MessageType::binary}, true, outbox_).error(),
              UsageError::message_open);
}

TEST_F(MessageSenderTest, TakesMessagesAgainAfterTheLastPart) {
    ASSERT_TRUE(sender_.send_part(text("a"), true, outbox_));

    EXPECT_TRUE(sender_.send(text("b"), outbox_));
}

TEST_F(MessageSenderTest, TakesACharacterThatPartsSplit) {
    EXPECT_TRUE(sender_.send_part(text("\xe2\x82"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(text("\xac"), true, outbox_));
}

TEST_F(MessageSenderTest, ForgetsAPartThatIsNotUtf8) {
    ASSERT_TRUE(sender_.send_part(text("\xe2\x82"), false, outbox_));
    EXPECT_EQ(sender_.send_part(text("\xff"), false, outbox_).error(), UsageError::text_not_utf8);
    EXPECT_EQ(sender_.send_part(text(""), true, outbox_).error(), UsageError::text_not_utf8);

    EXPECT_TRUE(sender_.send_part(text("\xac"), true, outbox_));

    EXPECT_EQ(sent(), wire("01 02 | e282 | 80 01 | ac"));
}

TEST_F(MessageSenderTest, BeginsNothingWithAFirstPartThatIsNotUtf8) {
    EXPECT_EQ(sender_.send_part(text("\xff"), false, outbox_).error(), UsageError::text_not_utf8);

    EXPECT_TRUE(sender_.send(text("a"), outbox_));
}

TEST_F(MessageSenderTest, DoesNotCompressWithoutAgreement) {
    EXPECT_TRUE(sender_.send(compress("Hello"), outbox_));
    EXPECT_TRUE(sender_.send_part(compress("Hello"), true, outbox_));

    EXPECT_EQ(sent(), wire("81 05 | 48656c6c6f | 81 05 | 48656c6c6f"));
}

class CompressingMessageSender : public MessageSenderTest {
protected:
    CompressingMessageSender() : MessageSenderTest(deflate::Compressor::Settings{}) {}
};

// RFC 7692 section 7.2.3.2: the second message refers to the window of the first.
TEST_F(CompressingMessageSender, WritesTheMessagesOfTheStandard) {
    EXPECT_TRUE(sender_.send(compress("Hello"), outbox_));
    EXPECT_EQ(sent(), wire("c1 07 | f248cdc9c90700"));

    EXPECT_TRUE(sender_.send(compress("Hello"), outbox_));
    EXPECT_EQ(sent(), wire("c1 05 | f200110000"));
}

TEST_F(CompressingMessageSender, IsNeverPlainAndEmptyUntilItHasCompressed) {
    ASSERT_TRUE(sender_.send(text("Hello"), outbox_));
    EXPECT_FALSE(sender_.plain());
    EXPECT_TRUE(sender_.empty());

    ASSERT_TRUE(sender_.send(compress("Hello"), outbox_));

    EXPECT_FALSE(sender_.plain());
    EXPECT_FALSE(sender_.empty());
}

TEST_F(CompressingMessageSender, LeavesMessagesAloneThatAskForIt) {
    EXPECT_TRUE(sender_.send(text("Hello"), outbox_));

    EXPECT_EQ(sent(), wire("81 05 | 48656c6c6f"));
}

TEST_F(CompressingMessageSender, FragmentsWhatItCompressed) {
    auto message = compress("Hello");
    message.fragment_bytes = 4;

    EXPECT_TRUE(sender_.send(message, outbox_));

    EXPECT_EQ(sent(), wire("41 04 | f248cdc9 | 80 03 | c90700"));
}

TEST_F(CompressingMessageSender, CompressesPartsAsOneMessage) {
    EXPECT_TRUE(sender_.send_part(compress("Hel"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(compress("lo"), true, outbox_));

    const auto bytes = sent();
    EXPECT_EQ(bytes[0], std::byte{0xc1});
    EXPECT_EQ(inflated(Bytes(bytes).subspan(2)), "Hello");
}

TEST_F(CompressingMessageSender, LetsTheFirstPartDecide) {
    EXPECT_TRUE(sender_.send_part(text("Hel"), false, outbox_));
    EXPECT_TRUE(sender_.send_part(compress("lo"), true, outbox_));

    EXPECT_EQ(sent(), wire("01 03 | 48656c | 80 02 | 6c6f"));
}

// Two connections that share a compressor: messages in parts may be open at the same time.
TEST(MessageSendersThatShare, CompressWholeMessagesAndMessagesInParts) {
    deflate::Shared shared;
    const deflate::Compressor::Settings fresh{.context_takeover = false};
    struct End {
        Outbox outbox{Role::server, nullptr};
        MessageSender sender;
    };
    std::array<End, 2> ends{
        {{.sender = MessageSender(fresh, &shared)}, {.sender = MessageSender(fresh, &shared)}}};
    const auto message = [](std::string_view text) {
        return MessageSender::Message{.payload = as_bytes(text), .compress = true};
    };
    for (int round = 0; round < 2; ++round) {
        for (End& end : ends) EXPECT_TRUE(end.sender.send(message("whole"), end.outbox));
        for (End& end : ends) EXPECT_TRUE(end.sender.send_part(message("Hel"), false, end.outbox));
        for (End& end : ends) EXPECT_TRUE(end.sender.send_part(message("lo"), true, end.outbox));
    }

    for (End& end : ends) {
        std::string texts;
        for (Bytes rest = end.outbox.poll_transmit()[0]; !rest.empty();) {
            const auto length = static_cast<std::size_t>(rest[1]);
            deflate::Decompressor decompressor({.context_takeover = false});
            Buffer out;
            EXPECT_TRUE(decompressor.inflate(rest.subspan(2, length), true, 100, out));
            texts += std::string(as_text(std::as_const(out).readable())) + " ";
            rest = rest.subspan(2 + length);
        }
        EXPECT_EQ(texts, "whole Hello whole Hello ");
    }
}

}  // namespace
}  // namespace tautline::websocket
