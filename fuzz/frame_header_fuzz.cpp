// SPDX-License-Identifier: MIT
// A header that is read is written back byte for byte; a prefix of it never says anything else than
// "need more"; an error that a prefix shows stays the error.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <tautline/base/assert.hpp>
#include <tautline/proto/websocket/frame_header.hpp>

using namespace tautline;
using namespace tautline::websocket;

namespace {

void check_round_trip(const FrameHeader& header, Bytes input) {
    std::array<std::byte, kMaxFrameHeaderBytes> out{};
    const std::size_t size = write_frame_header(header, out);
    TAUTLINE_ASSERT(size == frame_header_bytes(header));
    TAUTLINE_ASSERT(size == frame_header_bytes(input[1]));
    TAUTLINE_ASSERT(std::ranges::equal(Bytes(out).first(size), input.first(size)));
}

void check_prefixes(Bytes input, Role role, Rsv1 rsv1) {
    const auto whole = read_frame_header(input, role, rsv1);
    for (std::size_t size = 0; size < input.size(); ++size) {
        const auto prefix = read_frame_header(input.first(size), role, rsv1);
        if (!prefix) {
            TAUTLINE_ASSERT(!whole && whole.error() == prefix.error());
        } else if (*prefix) {
            TAUTLINE_ASSERT(whole && *whole == *prefix);
        }
    }
    if (whole && *whole) check_round_trip(**whole, input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Role role = (data[0] & 1) != 0 ? Role::client : Role::server;
    const Rsv1 rsv1 = (data[0] & 2) != 0 ? Rsv1::allowed : Rsv1::refused;
    const auto* bytes = reinterpret_cast<const std::byte*>(data + 1);
    check_prefixes({bytes, std::min(size - 1, kMaxFrameHeaderBytes + 2)}, role, rsv1);
    return 0;
}
