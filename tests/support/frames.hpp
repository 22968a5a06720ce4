// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::test {

using FrameBytes = std::vector<std::byte>;

/// The header of a frame of `sender`, right or wrong: `first` is its first byte, and the length is
/// written in the fewest bytes. A client masks with 37fa213d.
inline FrameBytes frame_head(Role sender, unsigned first, std::uint64_t length) {
    FrameBytes bytes{static_cast<std::byte>(first)};
    const unsigned mask = sender == Role::client ? 0x80 : 0;
    const unsigned wide = length < 126 ? 0 : length < 65536 ? 2 : 8;
    const unsigned short_length = wide == 0 ? static_cast<unsigned>(length) : wide == 2 ? 126 : 127;
    bytes.push_back(static_cast<std::byte>(mask | short_length));
    for (unsigned i = wide; i-- > 0;)
        bytes.push_back(static_cast<std::byte>(length >> (8 * i) & 0xff));
    for (const unsigned key : {0x37U, 0xfaU, 0x21U, 0x3dU}) {
        if (mask != 0) bytes.push_back(static_cast<std::byte>(key));
    }
    return bytes;
}

/// A frame of `sender` with `payload`, masked as the role asks for.
inline FrameBytes frame(Role sender, unsigned first, Bytes payload) {
    FrameBytes bytes = frame_head(sender, first, payload.size());
    constexpr std::array<unsigned, 4> key{0x37, 0xfa, 0x21, 0x3d};
    for (std::size_t i = 0; i < payload.size(); ++i) {
        const unsigned mask = sender == Role::client ? key[i % 4] : 0;
        bytes.push_back(payload[i] ^ static_cast<std::byte>(mask));
    }
    return bytes;
}

inline FrameBytes frame(Role sender, unsigned first, std::string_view payload) {
    return frame(sender, first, as_bytes(payload));
}

/// One after the other.
inline FrameBytes joined(std::initializer_list<FrameBytes> frames) {
    FrameBytes all;
    for (const FrameBytes& next : frames) all.insert(all.end(), next.begin(), next.end());
    return all;
}

inline Role peer_of(Role role) { return role == Role::client ? Role::server : Role::client; }

}  // namespace tautline::test
