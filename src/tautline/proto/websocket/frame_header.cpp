// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/frame_header.hpp>

#include <cstring>

#include <tautline/base/assert.hpp>
#include <tautline/base/big_endian.hpp>

namespace tautline::websocket {

namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kRsv2AndRsv3 = 0x30;
constexpr unsigned kOpcode = 0x0f;
constexpr unsigned kControl = 0x08;
constexpr unsigned kMask = 0x80;
constexpr unsigned kLength = 0x7f;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;
constexpr std::uint64_t kSmallest16 = 126;
constexpr std::uint64_t kSmallest64 = 0x10000;

// One bit an opcode: 0, 1, 2, 8, 9, a.
constexpr unsigned kKnownOpcodes = 0x0707;

constexpr std::optional<PeerError> kFine = std::nullopt;

std::optional<PeerError> check_first(unsigned first, Rsv1 rsv1) {
    const unsigned opcode = first & kOpcode;
    // RFC 6455 section 5.2: unknown opcodes fail the connection.
    if (((kKnownOpcodes >> opcode) & 1) == 0) return PeerError::opcode_unknown;
    // RFC 6455 section 5.2: bits that no agreed extension defines must be 0.
    if ((first & kRsv2AndRsv3) != 0) return PeerError::reserved_bit_set;
    if ((first & kRsv1) != 0) {
        // RFC 7692 section 6.1: the bit is set on the first frame of a data message only.
        const bool begins_data = opcode == 1 || opcode == 2;
        if (rsv1 == Rsv1::refused || !begins_data) return PeerError::reserved_bit_set;
    }
    // RFC 6455 section 5.5: control frames are not fragmented.
    if ((opcode & kControl) != 0 && (first & kFin) == 0) return PeerError::control_fragmented;
    return kFine;
}

std::optional<PeerError> check_second(unsigned first, unsigned second, Role local) {
    const bool masked = (second & kMask) != 0;
    // RFC 6455 section 5.1: clients mask every frame, servers none.
    if (local == Role::server && !masked) return PeerError::frame_not_masked;
    if (local == Role::client && masked) return PeerError::frame_masked;
    // RFC 6455 section 5.5: control frames carry at most 125 bytes.
    if ((first & kControl) != 0 && (second & kLength) > kMaxControlBytes) {
        return PeerError::control_too_long;
    }
    return kFine;
}

std::expected<std::uint64_t, PeerError> read_length(Bytes input, unsigned short_length) {
    if (short_length < kLength16) return short_length;
    const bool wide = short_length == kLength64;
    const std::uint64_t length = read_big_endian(input.subspan(2, wide ? 8 : 2));
    // RFC 6455 section 5.2: the top bit of a 64-bit length is 0.
    if ((length >> 63) != 0) return std::unexpected(PeerError::length_top_bit_set);
    // RFC 6455 section 5.2: a length takes the fewest bytes that hold it.
    if (length < (wide ? kSmallest64 : kSmallest16)) {
        return std::unexpected(PeerError::length_not_minimal);
    }
    return length;
}

std::size_t length_bytes(unsigned short_length) {
    if (short_length < kLength16) return 0;
    return short_length == kLength16 ? 2 : 8;
}

unsigned short_length_for(std::uint64_t length) {
    if (length < kSmallest16) return static_cast<unsigned>(length);
    return length < kSmallest64 ? kLength16 : kLength64;
}

}  // namespace

std::size_t frame_header_bytes(std::byte second) {
    const auto value = std::to_integer<unsigned>(second);
    return 2 + length_bytes(value & kLength) + ((value & kMask) != 0 ? 4 : 0);
}

std::size_t frame_header_bytes(const FrameHeader& header) {
    return 2 + length_bytes(short_length_for(header.length)) + (header.masked ? 4 : 0);
}

std::expected<std::optional<FrameHeader>, PeerError> read_frame_header(Bytes input, Role local,
                                                                       Rsv1 rsv1) {
    if (input.empty()) return std::nullopt;
    const auto first = std::to_integer<unsigned>(input[0]);
    if (const auto error = check_first(first, rsv1)) return std::unexpected(*error);
    if (input.size() < 2) return std::nullopt;
    const auto second = std::to_integer<unsigned>(input[1]);
    if (const auto error = check_second(first, second, local)) return std::unexpected(*error);

    const std::size_t length_end = 2 + length_bytes(second & kLength);
    if (input.size() < length_end) return std::nullopt;
    const auto length = read_length(input, second & kLength);
    if (!length) return std::unexpected(length.error());

    FrameHeader header{.length = *length,
                       .opcode = static_cast<Opcode>(first & kOpcode),
                       .fin = (first & kFin) != 0,
                       .rsv1 = (first & kRsv1) != 0,
                       .masked = (second & kMask) != 0};
    if (!header.masked) return header;
    if (input.size() < length_end + header.key.size()) return std::nullopt;
    std::memcpy(header.key.data(), input.data() + length_end, header.key.size());
    return header;
}

std::size_t write_frame_header(const FrameHeader& header,
                               std::span<std::byte, kMaxFrameHeaderBytes> out) {
    TAUTLINE_ASSERT((header.length >> 63) == 0);
    const unsigned short_length = short_length_for(header.length);
    out[0] = static_cast<std::byte>((header.fin ? kFin : 0) | (header.rsv1 ? kRsv1 : 0) |
                                    static_cast<unsigned>(header.opcode));
    out[1] = static_cast<std::byte>((header.masked ? kMask : 0) | short_length);
    const std::size_t extended = length_bytes(short_length);
    write_big_endian(header.length, MutableBytes(out).subspan(2, extended));
    if (!header.masked) return 2 + extended;
    std::memcpy(out.data() + 2 + extended, header.key.data(), header.key.size());
    return 2 + extended + header.key.size();
}

}  // namespace tautline::websocket
