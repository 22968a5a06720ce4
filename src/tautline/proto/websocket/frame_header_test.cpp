// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/frame_header.hpp>

#include <array>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::ExactCopy;
using test::wire;

auto read(const std::vector<std::byte>& bytes, Role local, Rsv1 rsv1 = Rsv1::refused) {
    const ExactCopy input(bytes);
    return read_frame_header(input.bytes(), local, rsv1);
}

PeerError error_of(std::string_view bytes, Role local, Rsv1 rsv1 = Rsv1::refused) {
    const auto header = read(wire(bytes), local, rsv1);
    EXPECT_FALSE(header.has_value()) << bytes;
    return header.has_value() ? PeerError{} : header.error();
}

std::vector<std::byte> written(const FrameHeader& header) {
    std::array<std::byte, kMaxFrameHeaderBytes> out{};
    const std::size_t size = write_frame_header(header, out);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

// RFC 6455 section 5.7: a single-frame unmasked text message.
TEST(ReadFrameHeader, ReadsTheUnmaskedTextFrameOfTheStandard) {
    EXPECT_EQ(read(wire("81 05"), Role::client),
              (FrameHeader{.length = 5, .opcode = Opcode::text}));
}

// RFC 6455 section 5.7: a single-frame masked text message.
TEST(ReadFrameHeader, ReadsTheMaskedTextFrameOfTheStandard) {
    const MaskingKey key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

    EXPECT_EQ(read(wire("81 85 | 37fa213d"), Role::server),
              (FrameHeader{.length = 5, .key = key, .opcode = Opcode::text, .masked = true}));
}

// RFC 6455 section 5.7: the fragments "Hel" and "lo".
TEST(ReadFrameHeader, ReadsTheFragmentsOfTheStandard) {
    EXPECT_EQ(read(wire("01 03"), Role::client),
              (FrameHeader{.length = 3, .opcode = Opcode::text, .fin = false}));
    EXPECT_EQ(read(wire("80 02"), Role::client),
              (FrameHeader{.length = 2, .opcode = Opcode::continuation}));
}

// RFC 6455 section 5.7: 256 bytes and 64 KiB of binary data.
TEST(ReadFrameHeader, ReadsTheLongFramesOfTheStandard) {
    EXPECT_EQ(read(wire("82 7e | 0100"), Role::client), (FrameHeader{.length = 256}));
    EXPECT_EQ(read(wire("82 7f | 0000000000010000"), Role::client), (FrameHeader{.length = 65536}));
}

TEST(ReadFrameHeader, NeedsMoreForEveryPrefix) {
    for (const auto* text :
         {"82 ff | 0000000000010000 | 37fa213d", "82 fe | 0100 | 37fa213d", "89 85 | 37fa213d"}) {
        const auto whole = wire(text);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const ExactCopy prefix(Bytes(whole).first(size));
            EXPECT_EQ(read_frame_header(prefix.bytes(), Role::server), std::nullopt) << size;
        }
    }
}

// RFC 6455 section 5.2: the opcodes 3-7 and b-f are reserved.
TEST(ReadFrameHeader, F06_RefusesEveryReservedOpcodeAtTheFirstByte) {
    for (const auto* first : {"83", "84", "85", "86", "87", "8b", "8c", "8d", "8e", "8f"}) {
        EXPECT_EQ(error_of(first, Role::server), PeerError::opcode_unknown);
        EXPECT_EQ(error_of(first, Role::client), PeerError::opcode_unknown);
    }
}

// RFC 6455 section 5.2.
TEST(ReadFrameHeader, F05_RefusesRsv2AndRsv3EvenWithAnAgreedExtension) {
    EXPECT_EQ(error_of("a1", Role::server, Rsv1::allowed), PeerError::reserved_bit_set);
    EXPECT_EQ(error_of("91", Role::server, Rsv1::allowed), PeerError::reserved_bit_set);
    EXPECT_EQ(error_of("b1", Role::client, Rsv1::refused), PeerError::reserved_bit_set);
}

TEST(ReadFrameHeader, F05_RefusesRsv1WithoutAnAgreedExtension) {
    EXPECT_EQ(error_of("c1", Role::server), PeerError::reserved_bit_set);
    EXPECT_EQ(error_of("c2", Role::client), PeerError::reserved_bit_set);
}

TEST(ReadFrameHeader, ReadsRsv1WithAnAgreedExtension) {
    EXPECT_EQ(read(wire("c1 05"), Role::client, Rsv1::allowed),
              (FrameHeader{.length = 5, .opcode = Opcode::text, .rsv1 = true}));
    EXPECT_EQ(read(wire("42 05"), Role::client, Rsv1::allowed),
              (FrameHeader{.length = 5, .fin = false, .rsv1 = true}));
}

// RFC 7692 section 6.1: only the first frame of a message has the bit, and no control frame.
TEST(ReadFrameHeader, F05_RefusesRsv1OnContinuationsAndControlFrames) {
    for (const auto* first : {"c0", "c8", "c9", "ca"}) {
        EXPECT_EQ(error_of(first, Role::server, Rsv1::allowed), PeerError::reserved_bit_set);
    }
}

// RFC 6455 section 5.5.
TEST(ReadFrameHeader, F08_RefusesFragmentedControlFramesAtTheFirstByte) {
    for (const auto* first : {"08", "09", "0a"}) {
        EXPECT_EQ(error_of(first, Role::server), PeerError::control_fragmented);
    }
}

// RFC 6455 section 5.5: 125 bytes at most.
TEST(ReadFrameHeader, F08_RefusesLongControlFramesAtTheSecondByte) {
    EXPECT_EQ(error_of("89 fe", Role::server), PeerError::control_too_long);
    EXPECT_EQ(error_of("88 7f", Role::client), PeerError::control_too_long);
    EXPECT_EQ(read(wire("8a 7d"), Role::client)->value().length, 125U);
}

// RFC 6455 section 5.1.
TEST(ReadFrameHeader, F07_RefusesAnUnmaskedFrameOfAClient) {
    EXPECT_EQ(error_of("81 05", Role::server), PeerError::frame_not_masked);
}

TEST(ReadFrameHeader, F07_RefusesAMaskedFrameOfAServer) {
    EXPECT_EQ(error_of("81 85", Role::client), PeerError::frame_masked);
}

// RFC 6455 section 5.2: lengths use the fewest bytes.
TEST(ReadFrameHeader, F02_RefusesA16BitLengthOf125) {
    EXPECT_EQ(error_of("82 7e | 007d", Role::client), PeerError::length_not_minimal);
    EXPECT_EQ(error_of("82 7e | 0000", Role::client), PeerError::length_not_minimal);
}

TEST(ReadFrameHeader, F02_TakesA16BitLengthOf126AndOf65535) {
    EXPECT_EQ(read(wire("82 7e | 007e"), Role::client)->value().length, 126U);
    EXPECT_EQ(read(wire("82 7e | ffff"), Role::client)->value().length, 65535U);
}

TEST(ReadFrameHeader, F02_RefusesA64BitLengthOf65535) {
    EXPECT_EQ(error_of("82 7f | 000000000000ffff", Role::client), PeerError::length_not_minimal);
    EXPECT_EQ(error_of("82 7f | 0000000000000100", Role::client), PeerError::length_not_minimal);
}

// RFC 6455 section 5.2: the most significant bit is 0.
TEST(ReadFrameHeader, F01_RefusesA64BitLengthWithItsTopBitSet) {
    EXPECT_EQ(error_of("82 7f | 8000000000000000", Role::client), PeerError::length_top_bit_set);
    EXPECT_EQ(error_of("82 ff | ffffffffffffffff", Role::server), PeerError::length_top_bit_set);
}

TEST(ReadFrameHeader, F01_TakesTheLargestLength) {
    EXPECT_EQ(read(wire("82 7f | 7fffffffffffffff"), Role::client)->value().length,
              0x7fffffffffffffffU);
}

TEST(FrameHeaderBytes, FollowTheSecondByte) {
    EXPECT_EQ(frame_header_bytes(std::byte{0x00}), 2U);
    EXPECT_EQ(frame_header_bytes(std::byte{0x7d}), 2U);
    EXPECT_EQ(frame_header_bytes(std::byte{0x7e}), 4U);
    EXPECT_EQ(frame_header_bytes(std::byte{0x7f}), 10U);
    EXPECT_EQ(frame_header_bytes(std::byte{0x80}), 6U);
    EXPECT_EQ(frame_header_bytes(std::byte{0xfe}), 8U);
    EXPECT_EQ(frame_header_bytes(std::byte{0xff}), 14U);
}

TEST(WriteFrameHeader, RoundTripsEveryLengthAtABoundary) {
    for (const std::uint64_t length : {0ULL, 1ULL, 124ULL, 125ULL, 126ULL, 127ULL, 65534ULL,
                                       65535ULL, 65536ULL, 65537ULL, 0x7fffffffffffffffULL}) {
        for (const bool masked : {false, true}) {
            const MaskingKey key{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
            const FrameHeader header{
                .length = length, .key = masked ? key : MaskingKey{}, .masked = masked};

            const auto bytes = written(header);

            EXPECT_EQ(bytes.size(), frame_header_bytes(header));
            EXPECT_EQ(bytes.size(), frame_header_bytes(bytes[1]));
            EXPECT_EQ(read(bytes, masked ? Role::server : Role::client), header) << length;
        }
    }
}

TEST(WriteFrameHeader, WritesTheBitsOfTheFirstByte) {
    EXPECT_EQ(written({.length = 1, .opcode = Opcode::text}), wire("81 01"));
    EXPECT_EQ(written({.opcode = Opcode::continuation, .fin = false}), wire("00 00"));
    EXPECT_EQ(written({.opcode = Opcode::text, .fin = false, .rsv1 = true}), wire("41 00"));
    EXPECT_EQ(written({.opcode = Opcode::pong}), wire("8a 00"));
}

}  // namespace
}  // namespace tautline::websocket
