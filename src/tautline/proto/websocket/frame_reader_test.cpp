// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/frame_reader.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::ExactCopy;
using test::wire;

// "Hello" masked, as in RFC 6455 section 5.7; an empty Ping; 126 bytes of a.
std::vector<std::byte> three_frames() {
    auto bytes =
        wire("81 85 | 37fa213d | 7f9f4d5158 || 89 80 | 00000000 || 82 fe | 007e | 00000000");
    bytes.insert(bytes.end(), 126, std::byte{'a'});
    return bytes;
}

// Frames as "<opcode>:<payload>", put together from their slices.
std::string frames_of(Bytes bytes, std::size_t read_bytes) {
    FrameReader reader(Role::server, Rsv1::refused);
    std::string frames;
    while (!bytes.empty()) {
        const std::size_t count = std::min(read_bytes, bytes.size());
        ExactCopy copy(bytes.first(count));
        MutableBytes input = copy.bytes();
        bytes = bytes.subspan(count);
        for (auto slice = reader.read(input); *slice; slice = reader.read(input)) {
            if ((*slice)->first) frames += std::to_string(int((*slice)->header.opcode)) + ":";
            frames += as_text((*slice)->payload);
            if ((*slice)->last) frames += ";";
        }
        EXPECT_TRUE(input.empty());
    }
    EXPECT_TRUE(reader.between_frames());
    return frames;
}

TEST(FrameReader, UnmasksInPlace) {
    auto bytes = wire("81 85 | 37fa213d | 7f9f4d5158");
    MutableBytes input = bytes;

    const auto slice = FrameReader(Role::server, Rsv1::refused).read(input);

    EXPECT_EQ(as_text((*slice)->payload), "Hello");
    EXPECT_EQ((*slice)->payload.data(), bytes.data() + 6);
    EXPECT_TRUE((*slice)->whole());
}

TEST(FrameReader, LeavesWhatServersSendAsItIs) {
    auto bytes = wire("81 05 | 48656c6c6f");
    MutableBytes input = bytes;

    const auto slice = FrameReader(Role::client, Rsv1::refused).read(input);

    EXPECT_EQ(as_text((*slice)->payload), "Hello");
}

TEST(FrameReader, GivesTheSameFramesForReadsOfEverySize) {
    const auto bytes = three_frames();
    const std::string expected = "1:Hello;9:;2:" + std::string(126, 'a') + ";";

    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        EXPECT_EQ(frames_of(bytes, size), expected) << size;
    }
}

TEST(FrameReader, TellsAHeaderBeforeItsPayload) {
    FrameReader reader(Role::client, Rsv1::refused);
    auto bytes = wire("82 7e | 0100");
    MutableBytes input = bytes;

    const auto slice = reader.read(input);

    EXPECT_EQ((*slice)->header.length, 256U);
    EXPECT_TRUE((*slice)->first);
    EXPECT_FALSE((*slice)->last);
    EXPECT_FALSE((*slice)->whole());
    EXPECT_TRUE((*slice)->payload.empty());
}

TEST(FrameReader, TellsWhatAHeaderSaysBeforeItsKey) {
    const auto header = wire("82 fe | 0100 | 37fa213d");
    for (std::size_t there = 0; there < header.size(); ++there) {
        FrameReader reader(Role::server, Rsv1::refused);
        ExactCopy copy(Bytes(header).first(there));
        MutableBytes input = copy.bytes();
        ASSERT_TRUE(reader.read(input).has_value());

        const auto said = reader.header_without_key();

        EXPECT_EQ(said.has_value(), there >= 4) << there;
        if (said) {
            EXPECT_EQ(said->length, 256U);
        }
    }
}

// Whether it can say something of the frame that `bytes` begin.
bool tells_of(Role local, std::string_view bytes) {
    FrameReader reader(local, Rsv1::refused);
    auto received = wire(bytes);
    MutableBytes input = received;
    EXPECT_TRUE(reader.read(input).has_value());
    return reader.header_without_key().has_value();
}

TEST(FrameReader, TellsOnlyOfADataFrameThatWaitsForItsKey) {
    EXPECT_TRUE(tells_of(Role::server, "82 85 | 37"));
    EXPECT_FALSE(tells_of(Role::server, "82 85 | 37fa213d | 7f")) << "its key is there";
    EXPECT_FALSE(tells_of(Role::client, "82 7e | 01")) << "it has no key";
    EXPECT_FALSE(tells_of(Role::server, "89 82 | 37")) << "a control frame";
}

TEST(FrameReader, CutsLongPayloadsWhenAskedTo) {
    FrameReader reader(Role::client, Rsv1::refused);
    auto bytes = wire("81 05 | 48656c6c6f");
    MutableBytes input = bytes;

    EXPECT_EQ(as_text((*reader.read(input, 3))->payload), "Hel");
    const auto rest = reader.read(input, 3);

    EXPECT_EQ(as_text((*rest)->payload), "lo");
    EXPECT_TRUE((*rest)->last);
    EXPECT_FALSE((*rest)->whole());
}

TEST(FrameReader, IsInsideAFrameFromItsFirstByteToItsLast) {
    FrameReader reader(Role::client, Rsv1::refused);
    EXPECT_TRUE(reader.between_frames());
    for (const auto* text : {"81", "02", "61"}) {
        auto bytes = wire(text);
        MutableBytes input = bytes;
        EXPECT_TRUE(reader.read(input).has_value());
        EXPECT_FALSE(reader.between_frames());
    }
    auto last = wire("62");
    MutableBytes input = last;
    EXPECT_TRUE(reader.read(input).has_value());
    EXPECT_TRUE(reader.between_frames());
}

TEST(FrameReader, FailsAtTheFirstBadByteOfASplitHeader) {
    FrameReader reader(Role::server, Rsv1::refused);
    auto first = wire("81");
    MutableBytes input = first;
    ASSERT_TRUE(reader.read(input).has_value());

    auto second = wire("05");
    input = second;

    EXPECT_EQ(reader.read(input).error(), PeerError::frame_not_masked);
}

TEST(FrameReader, FailsAtTheFirstByteOfAWholeHeader) {
    auto bytes = wire("83 80 | 00000000");
    MutableBytes input = bytes;

    EXPECT_EQ(FrameReader(Role::server, Rsv1::refused).read(input).error(),
              PeerError::opcode_unknown);
}

}  // namespace
}  // namespace tautline::websocket
