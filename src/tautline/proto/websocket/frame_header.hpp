// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/proto/websocket/masking.hpp>
#include <tautline/proto/websocket/opcode.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// 2 bytes, 8 of length, 4 of masking key.
inline constexpr std::size_t kMaxFrameHeaderBytes = 14;
/// RFC 6455 section 5.5: the payload of a control frame is at most this long.
inline constexpr std::size_t kMaxControlBytes = 125;

/// What stands before the payload of a frame.
struct FrameHeader {
    std::uint64_t length = 0;  ///< Of the payload; below 2^63.
    MaskingKey key{};          ///< Zeros when not masked.
    Opcode opcode = Opcode::binary;
    bool fin = true;
    bool rsv1 = false;
    bool masked = false;

    friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// Whether an agreed extension gives the bit a meaning (RFC 7692 section 6).
enum class Rsv1 : bool { refused, allowed };

/// The size that the first two bytes of a header announce for it: 2 to 14.
[[nodiscard]] std::size_t frame_header_bytes(std::byte second);
[[nodiscard]] std::size_t frame_header_bytes(const FrameHeader& header);

/// Reads the frame header at the front of `input`.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     |F|R|R|R|opcode |M| length or   | length, 16 bits when 126      |
///     |I|S|S|S|       |A| 126 or 127  | and 64 bits when 127          |
///     |N|V|V|V|       |S|             |                               |
///     | |1|2|3|       |K|             |                               |
///     +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
///     | masking key, 32 bits when MASK is set                         |
///     +---------------------------------------------------------------+
///
/// Returns std::nullopt when `input` ends inside the header: call again with more bytes. A rule
/// that the bytes already break is reported at once.
/// Fails when the peer broke a rule of RFC 6455 section 5. `local` is the side that reads.
[[nodiscard]] std::expected<std::optional<FrameHeader>, PeerError> read_frame_header(
    Bytes input, Role local, Rsv1 rsv1 = Rsv1::refused);

/// Writes `header` with the fewest bytes for its length. Returns how many it took.
std::size_t write_frame_header(const FrameHeader& header,
                               std::span<std::byte, kMaxFrameHeaderBytes> out);

}  // namespace tautline::websocket
