// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/proto/websocket/frame_header.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// As much of one frame as has arrived.
struct FrameSlice {
    FrameHeader header;
    MutableBytes payload;  ///< Unmasked, in the memory that was read from.
    bool first;            ///< The header has just become complete.
    bool last;             ///< The payload ends here.

    [[nodiscard]] bool whole() const { return first && last; }
};

/// Cuts the byte stream of the peer into frames, however it was split on its way.
///
///     bytes in:    81 | 85 37 fa .. 7f 9f | 4d 51 58 ...
///     slices out:  -  | first: 7f 9f      | last: 4d 51 58
///
/// A header gives a slice as soon as it is complete, so that what it declares can be judged before
/// any payload is there. Payload is never kept: of an incomplete frame this object holds only the
/// header, or at most 13 bytes of it.
/// Lifetime: slices show the input. After an error the object must not be used again.
/// Threads: one at a time.
/// Spec: RFC 6455 section 5.
class FrameReader {
public:
    static constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

    FrameReader(Role local, Rsv1 rsv1) : local_(local), rsv1_(rsv1) {}

    /// Takes the next slice, of at most `max_payload` bytes, off the front of `input`. Returns
    /// std::nullopt when there is none: then `input` is empty, and a part of a header in it was
    /// kept.
    [[nodiscard]] std::expected<std::optional<FrameSlice>, PeerError> read(
        MutableBytes& input, std::size_t max_payload = kUnlimited);

    /// What the header of a data frame says when only its key is not there yet: zeros for the key.
    [[nodiscard]] std::optional<FrameHeader> header_without_key() const {
        const bool masked = local_ == Role::server;
        return partial_bytes_ > 0 && masked ? complete_with_zeros() : std::nullopt;
    }

    [[nodiscard]] Role local() const { return local_; }
    /// Whether the next byte begins a frame.
    [[nodiscard]] bool between_frames() const {
        return partial_bytes_ == 0 && received_ == header_.length;
    }

private:
    std::expected<bool, PeerError> read_header(MutableBytes& input);
    std::expected<bool, PeerError> join_header(MutableBytes& input);
    [[nodiscard]] std::optional<FrameHeader> complete_with_zeros() const;
    FrameSlice take_payload(MutableBytes& input, std::size_t max_payload, bool first);

    FrameHeader header_;
    std::uint64_t received_ = 0;  // of header_.length
    std::array<std::byte, kMaxFrameHeaderBytes - 1> partial_{};
    std::uint8_t partial_bytes_ = 0;
    Role local_;
    Rsv1 rsv1_;
};

}  // namespace tautline::websocket
