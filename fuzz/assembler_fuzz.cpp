// SPDX-License-Identifier: MIT
// Frames of any kind, whole and in slices: both ways give the same messages and the same error, no
// message is larger than the limit, and text is UTF-8.
//
// Input: a byte of options; then frames: a byte of bits and opcode, one of length, the payload.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tautline/base/assert.hpp>
#include <tautline/base/utf8.hpp>
#include <tautline/proto/websocket/message_assembler.hpp>

using namespace tautline;
using namespace tautline::websocket;

namespace {

constexpr std::uint64_t kMaxMessageBytes = 300;

// Everything that an assembler says, with the parts of a streamed message put together.
struct Listener {
    void take(FrameHeader header, MutableBytes payload, bool first, bool last) {
        if (failed) return;
        assembler.release();
        const auto piece = assembler.receive({header, payload, first, last}, options);
        if (!piece) {
            failed = true;
            said += "! " + std::string(name_for(piece.error()));
        } else if (*piece) {
            hear(**piece);
        }
    }

    void hear(const MessageAssembler::Piece& piece) {
        TAUTLINE_ASSERT(piece.first == message.empty() || options.delivery == Delivery::streamed);
        message += as_text(piece.payload);
        TAUTLINE_ASSERT(message.size() <= kMaxMessageBytes);
        if (!piece.last) return;
        Utf8Validator utf8;
        const bool valid = utf8.feed(as_bytes(message)) && utf8.complete();
        TAUTLINE_ASSERT(valid || piece.type == MessageType::binary);
        said += (piece.type == MessageType::text ? "t " : "b ") + message + "\n";
        message.clear();
    }

    ConnectionOptions options;
    MessageAssembler assembler{deflate::Decompressor::Settings{}};
    std::string said{};
    std::string message{};
    bool failed = false;
};

void feed(Listener& whole, Listener& sliced, FrameHeader header, MutableBytes payload) {
    std::vector<std::byte> copy(payload.begin(), payload.end());
    whole.take(header, copy, true, true);
    sliced.take(header, {}, true, payload.empty());
    while (!payload.empty()) {
        const std::size_t count = std::min<std::size_t>(payload.size(), 3);
        sliced.take(header, payload.first(count), false, count == payload.size());
        payload = payload.subspan(count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Listener whole{.options = {.max_message_bytes = kMaxMessageBytes}};
    whole.options.delivery = (data[0] & 1) != 0 ? Delivery::streamed : Delivery::whole;
    whole.options.fragment_charge_bytes = data[0] >> 1;
    Listener sliced{.options = whole.options};
    std::vector<std::byte> bytes(reinterpret_cast<const std::byte*>(data) + 1,
                                 reinterpret_cast<const std::byte*>(data) + size);
    for (MutableBytes rest = bytes; rest.size() >= 2;) {
        const auto bits = std::to_integer<unsigned>(rest[0]);
        const auto length = std::to_integer<std::size_t>(rest[1]);
        const MutableBytes payload = rest.subspan(2, std::min(length, rest.size() - 2));
        const FrameHeader header{.length = payload.size(),
                                 .opcode = static_cast<Opcode>(bits % 3),
                                 .fin = (bits & 0x80) != 0,
                                 .rsv1 = (bits & 0x40) != 0 && bits % 3 != 0};
        rest = rest.subspan(2 + payload.size());
        feed(whole, sliced, header, payload);
    }
    TAUTLINE_ASSERT(whole.said == sliced.said);
    return 0;
}
