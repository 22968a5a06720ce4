// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tests/support/exact_copy.hpp>

#include <tautline/base/assert.hpp>
#include <tautline/base/big_endian.hpp>
#include <tautline/base/byte_reader.hpp>
#include <tautline/proto/websocket/masking.hpp>

namespace {

using namespace tautline;
using test::ExactCopy;
using websocket::MaskingKey;

// RFC 6455 section 5.3, to the letter.
std::vector<std::byte> by_definition(Bytes payload, MaskingKey key, std::uint64_t offset) {
    std::vector<std::byte> masked(payload.begin(), payload.end());
    for (std::size_t i = 0; i < masked.size(); ++i) masked[i] ^= key[(i + offset) % 4];
    return masked;
}

// In place, cut in two, each part in a block of its own: the same bytes.
void check_in_two(Bytes payload, std::size_t split, MaskingKey key, std::uint64_t offset,
                  Bytes wanted) {
    ExactCopy front(payload.first(split));
    ExactCopy back(payload.subspan(split));
    websocket::apply_mask(front.bytes(), key, offset);
    websocket::apply_mask(back.bytes(), key, offset + split);
    TAUTLINE_ASSERT(std::ranges::equal(front.bytes(), wanted.first(split)));
    TAUTLINE_ASSERT(std::ranges::equal(back.bytes(), wanted.subspan(split)));
}

void check_copy(Bytes payload, MaskingKey key, std::uint64_t offset, Bytes wanted) {
    ExactCopy copy(payload);
    websocket::copy_masked(payload, copy.bytes().data(), key, offset);
    TAUTLINE_ASSERT(std::ranges::equal(copy.bytes(), wanted));
}

}  // namespace

// Masking is what the RFC defines, at every offset, in place or to another place, however it is
// cut. The input is a key, an offset, where to cut, and the payload.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader reader({reinterpret_cast<const std::byte*>(data), size});
    const auto key_bytes = reader.read_bytes(4);
    const auto offset_bytes = reader.read_bytes(8);
    const auto cut = reader.read_u16();
    if (!key_bytes || !offset_bytes || !cut) return 0;

    MaskingKey key{};
    std::ranges::copy(*key_bytes, key.begin());
    const std::uint64_t offset = read_big_endian(*offset_bytes);
    const Bytes payload = reader.rest();
    const auto wanted = by_definition(payload, key, offset);
    check_in_two(payload, *cut % (payload.size() + 1), key, offset, wanted);
    check_copy(payload, key, offset, wanted);
    return 0;
}
