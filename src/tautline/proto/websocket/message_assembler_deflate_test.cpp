// SPDX-License-Identifier: MIT
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/shared.hpp>
#include <tautline/proto/websocket/message_assembler.hpp>

namespace tautline::websocket {
namespace {

using test::wire;
using Payload = std::vector<std::byte>;

Payload compressed(std::string_view text, const deflate::Compressor::Settings& settings = {}) {
    deflate::Compressor compressor(settings);
    Buffer out;
    compressor.compress(as_bytes(text), true, out);
    const Bytes bytes = std::as_const(out).readable();
    return {bytes.begin(), bytes.end()};
}

// All of it different enough that deflate can only store it.
std::string random_text(std::size_t size) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525U + 1013904223U;
        text += static_cast<char>(state >> 24U);
    }
    return text;
}

// Messages whose payload is compressed, in one frame or more.
class CompressedMessageAssembler : public testing::Test {
protected:
    std::string slice(FrameHeader header, Payload payload, bool first, bool last) {
        assembler_.release();
        const auto piece = assembler_.receive({header, payload, first, last}, options_);
        if (!piece) return std::string(name_for(piece.error()));
        if (!*piece) return "-";
        return std::string((*piece)->first ? "+" : "") + ((*piece)->last ? "$" : "") +
               std::string(as_text((*piece)->payload));
    }
    std::string message(Opcode opcode, const Payload& payload) {
        return slice({.length = payload.size(), .opcode = opcode, .rsv1 = true}, payload, true,
                     true);
    }
    // Every byte of the payload in a fragment of its own.
    std::string fragments(Opcode opcode, const Payload& payload) {
        for (std::size_t i = 0; i < payload.size(); ++i) {
            const FrameHeader header{.length = 1,
                                     .opcode = i == 0 ? opcode : Opcode::continuation,
                                     .fin = i + 1 == payload.size(),
                                     .rsv1 = i == 0};
            const auto result = slice(header, {payload[i]}, true, true);
            if (result != "-") return result;
        }
        return "-";
    }

    ConnectionOptions options_{.max_message_bytes = 1000, .fragment_charge_bytes = 0};
    MessageAssembler assembler_{deflate::Decompressor::Settings{}};
};

// RFC 7692 section 7.2.3.1: "Hello".
TEST_F(CompressedMessageAssembler, InflatesTheMessageOfTheStandard) {
    EXPECT_EQ(message(Opcode::text, wire("f2 48 cd c9 c9 07 00")), "+$Hello");
}

// RFC 7692 section 7.2.3.2: the second "Hello" refers to the window of the first.
TEST_F(CompressedMessageAssembler, KeepsTheWindowBetweenMessages) {
    EXPECT_EQ(message(Opcode::text, wire("f2 48 cd c9 c9 07 00")), "+$Hello");
    EXPECT_EQ(message(Opcode::text, wire("f2 00 11 00 00")), "+$Hello");
}

TEST_F(CompressedMessageAssembler, InflatesAcrossFragments) {
    EXPECT_EQ(fragments(Opcode::text, wire("f2 48 cd c9 c9 07 00")), "+$Hello");
}

TEST_F(CompressedMessageAssembler, TakesUncompressedMessagesInBetween) {
    EXPECT_EQ(message(Opcode::text, wire("f2 48 cd c9 c9 07 00")), "+$Hello");
    EXPECT_EQ(slice({.length = 1, .opcode = Opcode::text}, wire("61"), true, true), "+$a");
    EXPECT_EQ(message(Opcode::text, wire("f2 00 11 00 00")), "+$Hello");
}

TEST_F(CompressedMessageAssembler, L02_TakesExactlyTheLimit) {
    EXPECT_EQ(message(Opcode::binary, compressed(std::string(999, 'x'))).size(), 2U + 999U);
    EXPECT_EQ(message(Opcode::binary, compressed(std::string(1000, 'x'))).size(), 2U + 1000U);
}

TEST_F(CompressedMessageAssembler, L02_RefusesOneByteMore) {
    EXPECT_EQ(message(Opcode::binary, compressed(std::string(1001, 'x'))), "message_too_large");
}

TEST_F(CompressedMessageAssembler, L02_RefusesTwoBytesMoreAndAWindowMore) {
    EXPECT_EQ(message(Opcode::binary, compressed(std::string(1002, 'x'))), "message_too_large");
}

TEST_F(CompressedMessageAssembler, L02_CountsOverFragments) {
    EXPECT_EQ(fragments(Opcode::binary, compressed(std::string(1000, 'x'))).size(), 2U + 1000U);
}

TEST_F(CompressedMessageAssembler, L02_RefusesOneByteMoreOverFragments) {
    EXPECT_EQ(fragments(Opcode::binary, compressed(std::string(1001, 'x'))), "message_too_large");
}

TEST_F(CompressedMessageAssembler, L01_StopsABomb) {
    EXPECT_EQ(message(Opcode::binary, compressed(std::string(1 << 20, '\0'))), "message_too_large");
}

// The smaller zlib's memory is, the more blocks it makes.
TEST_F(CompressedMessageAssembler, L02_TakesExactlyTheLimitThatCannotBeCompressed) {
    for (const int memory_level : {1, 8, 9}) {
        const auto payload = compressed(random_text(1000), {.memory_level = memory_level});
        ASSERT_GT(payload.size(), 1000U);

        EXPECT_EQ(message(Opcode::binary, payload).size(), 2U + 1000U);
    }
}

TEST_F(CompressedMessageAssembler, L02_RefusesOneByteMoreThatCannotBeCompressed) {
    EXPECT_EQ(message(Opcode::binary, compressed(random_text(1001))), "message_too_large");
}

// 1000, an eighth of it, and 64.
TEST_F(CompressedMessageAssembler, RefusesAFrameThatNoMessageOfTheLimitTakes) {
    EXPECT_EQ(slice({.length = 1190, .rsv1 = true}, {}, true, false), "message_too_large");
}

TEST_F(CompressedMessageAssembler, TakesTheLongestFrameThatAMessageOfTheLimitCanTake) {
    EXPECT_EQ(slice({.length = 1189, .rsv1 = true}, {}, true, false), "-");
}

TEST_F(CompressedMessageAssembler, TakesFramesOfAnyLengthWithoutALimit) {
    options_.max_message_bytes = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(slice({.length = options_.max_message_bytes / 2, .rsv1 = true}, {}, true, false),
              "-");
}

TEST_F(CompressedMessageAssembler, L07_ChargesFragmentsThatInflateToNothing) {
    options_.fragment_charge_bytes = 500;
    EXPECT_EQ(slice({.length = 0, .fin = false, .rsv1 = true}, {}, true, true), "-");
    const FrameHeader empty{.length = 0, .opcode = Opcode::continuation, .fin = false};
    EXPECT_EQ(slice(empty, {}, true, true), "-");
    EXPECT_EQ(slice(empty, {}, true, true), "too_many_fragments");
}

TEST_F(CompressedMessageAssembler, L03_RefusesWhatIsNotDeflate) {
    EXPECT_EQ(message(Opcode::binary, wire("ff ff ff")), "deflate_corrupt");
}

TEST_F(CompressedMessageAssembler, F13_RefusesTextThatIsNotUtf8AfterInflation) {
    EXPECT_EQ(message(Opcode::text, compressed("a\xff")), "text_not_utf8");
}

TEST_F(CompressedMessageAssembler, F13_RefusesTextThatEndsInsideACharacterAfterInflation) {
    EXPECT_EQ(message(Opcode::text, compressed("\xe2\x82")), "text_not_utf8");
}

TEST_F(CompressedMessageAssembler, F13_TakesACharacterThatInflationSplits) {
    EXPECT_EQ(fragments(Opcode::text, compressed("\xe2\x82\xac")), "+$\xe2\x82\xac");
}

TEST_F(CompressedMessageAssembler, JudgesTextBeforeTheLimitHoweverItWasSplit) {
    const auto payload = compressed("\xff" + std::string(2000, 'x'));

    EXPECT_EQ(message(Opcode::text, payload), "text_not_utf8");
}

TEST_F(CompressedMessageAssembler, StreamsPartsAsTheyInflate) {
    options_.delivery = Delivery::streamed;
    const auto payload = wire("f2 48 cd c9 c9 07 00");
    const FrameHeader header{.length = 7, .rsv1 = true};

    std::string joined = slice(header, {payload.begin(), payload.begin() + 4}, true, false);
    joined += slice(header, {payload.begin() + 4, payload.end()}, false, true);

    EXPECT_EQ(joined.front(), '+');
    std::erase(joined, '+');
    std::erase(joined, '$');
    EXPECT_EQ(joined, "Hello");
}

TEST(MessageAssemblerSettings, RefuseAWindowThatWasNotKept) {
    MessageAssembler assembler(deflate::Decompressor::Settings{.context_takeover = false});
    const ConnectionOptions options;
    auto first = wire("f2 48 cd c9 c9 07 00");
    auto second = wire("f2 00 11 00 00");
    const FrameHeader header{.length = 7, .rsv1 = true};
    ASSERT_TRUE(assembler.receive({header, first, true, true}, options).has_value());
    assembler.release();

    const auto piece =
        assembler.receive({{.length = 5, .rsv1 = true}, second, true, true}, options);

    EXPECT_EQ(piece.error(), PeerError::deflate_corrupt);
}

// Two connections that share an inflater: one may be in the middle of a message.
TEST(MessageAssemblersThatShare, InflateWholeMessagesAndFragments) {
    deflate::Shared shared;
    const deflate::Decompressor::Settings fresh{.context_takeover = false};
    MessageAssembler first(fresh, &shared);
    MessageAssembler second(fresh, &shared);
    const ConnectionOptions options;
    const auto receive = [&](MessageAssembler& assembler, FrameHeader header,
                             std::string_view digits) {
        assembler.release();
        auto payload = wire(digits);
        header.length = payload.size();
        const auto piece = assembler.receive({header, payload, true, true}, options);
        if (!piece) return std::string(name_for(piece.error()));
        return *piece ? std::string(as_text((*piece)->payload)) : "-";
    };
    const FrameHeader begin{.fin = false, .rsv1 = true};
    const FrameHeader end{.opcode = Opcode::continuation};
    const FrameHeader whole{.rsv1 = true};
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(receive(first, begin, "f2 48 cd"), "-");
        EXPECT_EQ(receive(second, whole, "f2 48 cd c9 c9 07 00"), "Hello");
        EXPECT_EQ(receive(first, end, "c9 c9 07 00"), "Hello");
    }

    EXPECT_EQ(receive(second, whole, "f2 00 11 00 00"), name_for(PeerError::deflate_corrupt));
    EXPECT_EQ(receive(first, whole, "f2 48 cd c9 c9 07 00"), "Hello");
}

TEST_F(CompressedMessageAssembler, IsEmptyUntilItHasInflated) {
    EXPECT_TRUE(assembler_.empty());
    EXPECT_EQ(message(Opcode::text, compressed("Hello")), "+$Hello");

    assembler_.release();

    EXPECT_FALSE(assembler_.empty()) << "the next message may go back to this one";
}

}  // namespace
}  // namespace tautline::websocket
