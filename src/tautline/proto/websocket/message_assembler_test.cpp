// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_assembler.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/describe.hpp>

namespace tautline::websocket {
namespace {

constexpr ConnectionOptions kTenBytes{.max_message_bytes = 10, .fragment_charge_bytes = 2};
constexpr ConnectionOptions kStreamed{
    .max_message_bytes = 10, .fragment_charge_bytes = 2, .delivery = Delivery::streamed};

// Feeds slices to an assembler and writes down what it says.
class MessageAssemblerTest : public testing::Test {
protected:
    // A slice: the header declares `length`; the payload is `text`.
    std::string slice(FrameHeader header, std::string_view text, bool first, bool last) {
        assembler_.release();
        payload_.assign(as_bytes(text).begin(), as_bytes(text).end());
        const auto piece = assembler_.receive({header, payload_, first, last}, options_);
        if (!piece) return std::string(name_for(piece.error()));
        if (!*piece) return "-";
        const auto& [type, payload, begins, ends] = **piece;
        in_place_ = payload.data() == payload_.data();
        std::string line = type == MessageType::text ? "text " : "binary ";
        if (begins) line += "+";
        if (ends) line += "$";
        return line + std::string(as_text(payload));
    }
    std::string frame(Opcode opcode, bool fin, std::string_view text) {
        return slice({.length = text.size(), .opcode = opcode, .fin = fin}, text, true, true);
    }

    ConnectionOptions options_ = kTenBytes;
    BufferPool buffers_;
    MessageAssembler assembler_{deflate::Decompressor::Settings{}, nullptr, &buffers_};
    std::vector<std::byte> payload_;
    bool in_place_ = false;
};

TEST_F(MessageAssemblerTest, ShowsAWholeMessageWhereItLies) {
    EXPECT_EQ(frame(Opcode::text, true, "hello"), "text +$hello");
    EXPECT_TRUE(in_place_);
    EXPECT_FALSE(assembler_.message_open());
}

TEST_F(MessageAssemblerTest, ShowsAnEmptyMessage) {
    EXPECT_EQ(frame(Opcode::binary, true, ""), "binary +$");
}

TEST_F(MessageAssemblerTest, JoinsFragments) {
    EXPECT_EQ(frame(Opcode::text, false, "ab"), "-");
    EXPECT_TRUE(assembler_.message_open());
    EXPECT_EQ(frame(Opcode::continuation, false, ""), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "c"), "text +$abc");
    EXPECT_FALSE(assembler_.message_open());
}

TEST_F(MessageAssemblerTest, BorrowsMemoryUntilTheMessageWasShown) {
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(frame(Opcode::text, false, "ab"), "-");
        EXPECT_EQ(buffers_.spare(), 0U);
        EXPECT_EQ(frame(Opcode::continuation, true, "c"), "text +$abc");
        assembler_.release();
        EXPECT_EQ(buffers_.spare(), 1U);
    }
}

TEST_F(MessageAssemblerTest, BorrowsNoMemoryForPartsThatAreShownWhereTheyLie) {
    BufferPool::Loan(&buffers_)->append(as_bytes("grown"));
    options_ = kStreamed;
    EXPECT_EQ(frame(Opcode::text, false, "ab"), "text +ab");
    assembler_.release();
    EXPECT_EQ(buffers_.spare(), 1U);
}

TEST_F(MessageAssemblerTest, JoinsTheSlicesOfAFrame) {
    const FrameHeader header{.length = 4};
    EXPECT_EQ(slice(header, "", true, false), "-");
    EXPECT_EQ(slice(header, "ab", false, false), "-");
    EXPECT_EQ(slice(header, "cd", false, true), "binary +$abcd");
}

// Peers that stop behind a header would keep the memory that others work with.
TEST_F(MessageAssemblerTest, BorrowsNothingForAHeaderAlone) {
    for (const bool compressed : {false, true}) {
        MessageAssembler assembler(deflate::Decompressor::Settings{}, nullptr, &buffers_);
        BufferPool::Loan(&buffers_)->append(as_bytes("grown"));
        const FrameHeader header{.length = 4, .fin = true, .rsv1 = compressed};

        EXPECT_FALSE(assembler.receive({header, {}, true, false}, options_)->has_value());

        EXPECT_EQ(buffers_.spare(), 1U) << compressed;
    }
}

TEST_F(MessageAssemblerTest, TakesOneMessageAfterTheOther) {
    EXPECT_EQ(frame(Opcode::text, false, "a"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "b"), "text +$ab");
    EXPECT_EQ(frame(Opcode::binary, true, "c"), "binary +$c");
    EXPECT_EQ(frame(Opcode::binary, false, "d"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "e"), "binary +$de");
}

TEST_F(MessageAssemblerTest, ChecksAHeaderWithoutBeginningItsFrame) {
    const auto check = [this](const FrameHeader& header) {
        const auto error = assembler_.error_in(header, options_);
        return error ? std::string(name_for(*error)) : "fine";
    };
    const FrameHeader rest{.length = 6, .opcode = Opcode::continuation};
    EXPECT_EQ(check({.length = 10}), "fine");
    EXPECT_EQ(check({.length = 11}), "message_too_large");
    EXPECT_EQ(check({.length = 75, .rsv1 = true}), "fine");
    EXPECT_EQ(check({.length = 76, .rsv1 = true}), "message_too_large");
    EXPECT_EQ(check(rest), "continuation_unexpected");

    EXPECT_EQ(frame(Opcode::text, false, "12345"), "-");
    EXPECT_EQ(check(rest), "message_too_large");
    EXPECT_EQ(check({.length = 5, .opcode = Opcode::continuation}), "fine");
    EXPECT_EQ(check({.length = 1}), "message_interrupted");
    EXPECT_EQ(frame(Opcode::continuation, true, "67890"), "text +$1234567890");
}

// RFC 6455 section 5.4.
TEST_F(MessageAssemblerTest, F09_RefusesAContinuationOfNothing) {
    EXPECT_EQ(frame(Opcode::continuation, true, "a"), "continuation_unexpected");
}

TEST_F(MessageAssemblerTest, F09_RefusesAContinuationOfACompleteMessage) {
    EXPECT_EQ(frame(Opcode::text, false, "a"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "b"), "text +$ab");
    EXPECT_EQ(frame(Opcode::continuation, true, "c"), "continuation_unexpected");
}

TEST_F(MessageAssemblerTest, F09_RefusesANewMessageInsideAnother) {
    EXPECT_EQ(frame(Opcode::text, false, "a"), "-");
    EXPECT_EQ(frame(Opcode::text, true, "b"), "message_interrupted");
}

TEST_F(MessageAssemblerTest, TakesAMessageOfTheLimit) {
    EXPECT_EQ(frame(Opcode::binary, true, "0123456789"), "binary +$0123456789");
}

TEST_F(MessageAssemblerTest, F01_RefusesAMessageOverTheLimit) {
    EXPECT_EQ(frame(Opcode::binary, true, "0123456789a"), "message_too_large");
}

TEST_F(MessageAssemblerTest, F01_RefusesADeclaredLengthBeforeAnyPayload) {
    EXPECT_EQ(slice({.length = 11}, "", true, false), "message_too_large");
}

TEST_F(MessageAssemblerTest, F01_RefusesTheLargestLengthWithoutOverflow) {
    options_.max_message_bytes = ~std::uint64_t{0};
    EXPECT_EQ(slice({.length = 0x7fffffffffffffff, .fin = false}, "", true, false), "-");
    options_.max_message_bytes = 10;
}

TEST_F(MessageAssemblerTest, L06_CountsAllFramesOfAMessage) {
    EXPECT_EQ(frame(Opcode::binary, false, "01234"), "-");
    EXPECT_EQ(slice({.length = 6, .opcode = Opcode::continuation}, "", true, false),
              "message_too_large");
}

TEST_F(MessageAssemblerTest, L06_TakesFragmentsUpToTheLimit) {
    EXPECT_EQ(frame(Opcode::binary, false, "01234"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "56789"), "binary +$0123456789");
}

// Five empty fragments are charged 2 bytes each: 10. The sixth crosses the limit.
TEST_F(MessageAssemblerTest, L07_ChargesEmptyFragments) {
    EXPECT_EQ(frame(Opcode::binary, false, ""), "-");
    for (int i = 0; i < 4; ++i) EXPECT_EQ(frame(Opcode::continuation, false, ""), "-");
    EXPECT_EQ(frame(Opcode::continuation, false, ""), "too_many_fragments");
}

// The charges stand beside the bytes: a message of the limit may come in fragments.
TEST_F(MessageAssemblerTest, L07_ChargesFragmentsApartFromTheirBytes) {
    EXPECT_EQ(frame(Opcode::binary, false, "012345678"), "-");
    EXPECT_EQ(frame(Opcode::continuation, false, "9"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, ""), "binary +$0123456789");
}

TEST_F(MessageAssemblerTest, BeginsToChargeAnewWithEveryMessage) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(frame(Opcode::binary, false, "a"), "-");
        EXPECT_EQ(frame(Opcode::continuation, false, "a"), "-");
        EXPECT_EQ(frame(Opcode::continuation, true, "a"), "binary +$aaa");
    }
}

// RFC 6455 section 8.1.
TEST_F(MessageAssemblerTest, F13_RefusesTextThatIsNotUtf8) {
    EXPECT_EQ(frame(Opcode::text, true, "a\xff"), "text_not_utf8");
}

TEST_F(MessageAssemblerTest, F13_RefusesTextThatEndsInsideACharacter) {
    EXPECT_EQ(frame(Opcode::text, true, "\xe2\x82"), "text_not_utf8");
    EXPECT_EQ(frame(Opcode::text, false, "\xe2\x82"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, ""), "text_not_utf8");
}

TEST_F(MessageAssemblerTest, F13_FailsAtTheFirstBadByteOfAnIncompleteFrame) {
    EXPECT_EQ(slice({.length = 9, .opcode = Opcode::text}, "ok\xff", true, false), "text_not_utf8");
}

TEST_F(MessageAssemblerTest, F13_TakesACharacterThatFragmentsSplit) {
    EXPECT_EQ(frame(Opcode::text, false, "\xe2\x82"), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, "\xac"), "text +$\xe2\x82\xac");
}

TEST_F(MessageAssemblerTest, TakesAnyBytesAsBinary) {
    EXPECT_EQ(frame(Opcode::binary, true, "\xff"), "binary +$\xff");
    EXPECT_EQ(frame(Opcode::binary, false, "\xff"), "-");
}

class StreamedMessageAssembler : public MessageAssemblerTest {
protected:
    StreamedMessageAssembler() { options_ = kStreamed; }
};

TEST_F(StreamedMessageAssembler, ShowsAWholeMessageAsOnePart) {
    EXPECT_EQ(frame(Opcode::text, true, "hello"), "text +$hello");
}

TEST_F(StreamedMessageAssembler, ShowsEverySliceWhereItLies) {
    const FrameHeader header{.length = 4, .fin = false};
    EXPECT_EQ(slice(header, "ab", true, false), "binary +ab");
    EXPECT_TRUE(in_place_);
    EXPECT_EQ(slice(header, "cd", false, true), "binary cd");
    EXPECT_TRUE(in_place_);
    EXPECT_EQ(frame(Opcode::continuation, true, "e"), "binary $e");
}

TEST_F(StreamedMessageAssembler, ShowsNoEmptyPartsButTheLast) {
    EXPECT_EQ(slice({.length = 2, .fin = false}, "", true, false), "-");
    EXPECT_EQ(slice({.length = 2, .fin = false}, "ab", false, true), "binary +ab");
    EXPECT_EQ(frame(Opcode::continuation, false, ""), "-");
    EXPECT_EQ(frame(Opcode::continuation, true, ""), "binary $");
}

TEST_F(StreamedMessageAssembler, ChecksTextAsItPasses) {
    EXPECT_EQ(frame(Opcode::text, false, "\xe2\x82"), "text +\xe2\x82");
    EXPECT_EQ(frame(Opcode::continuation, true, "\xff"), "text_not_utf8");
}

TEST_F(StreamedMessageAssembler, HoldsTheWholeMessageToTheLimit) {
    EXPECT_EQ(frame(Opcode::binary, false, "01234"), "binary +01234");
    EXPECT_EQ(frame(Opcode::continuation, true, "567890"), "message_too_large");
}

TEST_F(MessageAssemblerTest, IsEmptyExceptWithinAMessage) {
    EXPECT_TRUE(assembler_.empty());
    EXPECT_EQ(frame(Opcode::text, false, "a"), "-");
    EXPECT_FALSE(assembler_.empty());
    EXPECT_EQ(frame(Opcode::continuation, true, "b"), "text +$ab");

    assembler_.release();

    EXPECT_TRUE(assembler_.empty());
}

TEST(MessageAssemblerAlone, NeedsNoCompression) {
    MessageAssembler assembler(std::nullopt);
    std::vector<std::byte> payload(1, std::byte{'a'});

    const auto piece =
        assembler.receive({{.length = 1, .opcode = Opcode::text}, payload, true, true}, kTenBytes);

    EXPECT_EQ(as_text(piece.value().value().payload), "a");
    EXPECT_TRUE(assembler.empty());
}

}  // namespace
}  // namespace tautline::websocket
