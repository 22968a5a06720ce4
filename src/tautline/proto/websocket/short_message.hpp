// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/mask_words.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// The most common message: one frame, not compressed, of at most 125 bytes, all of which have
/// come.
///
///     81 | 85 | 37 fa 21 3d | 7f 9f 4d 51 58
///
/// A batch may hold very many of them: the way through the frame reader and the assembler would
/// cost more than all other work on them.
struct ShortMessage {
    MessageType type;
    MutableBytes payload;  ///< Unmasked, where it lies. Text is not checked yet.
};

/// Takes a short message off the front of `input`. Anything else, and what breaks a rule, is left
/// to the frame reader. `local` is the side that reads, `most` the largest payload.
[[nodiscard]] inline std::optional<ShortMessage> take_short_message(MutableBytes& input, Role local,
                                                                    std::uint64_t most) {
    constexpr unsigned kFinText = 0x81;
    constexpr unsigned kFinBinary = 0x82;
    constexpr unsigned kMask = 0x80;
    constexpr unsigned kLongest = 125;
    if (input.size() < 2) return std::nullopt;
    const auto first = std::to_integer<unsigned>(input[0]);
    const unsigned length =
        std::to_integer<unsigned>(input[1]) ^ (local == Role::server ? kMask : 0);
    if ((first != kFinText && first != kFinBinary) || length > kLongest) return std::nullopt;

    const std::size_t header = local == Role::server ? 2 + sizeof(MaskingKey) : 2;
    if (input.size() < header + length || length > most) return std::nullopt;
    const MutableBytes payload = input.subspan(header, length);
    if (local == Role::server) {
        const auto key = masking::load<std::uint32_t>(input.data() + 2);
        masking::mask_short(payload.data(), payload.data(), length, key);
    }
    input = input.subspan(header + length);
    return ShortMessage{first == kFinText ? MessageType::text : MessageType::binary, payload};
}

}  // namespace tautline::websocket
