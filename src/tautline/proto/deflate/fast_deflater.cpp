// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_deflater.hpp>

#include <tautline/base/assert.hpp>

#ifdef TAUTLINE_WITH_ISAL

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <isa-l/igzip_lib.h>

namespace tautline::deflate {

namespace {

// Level 1 compresses JSON as zlib does at its level 6. Higher levels clear larger tables in front
// of each message and save next to nothing.
constexpr std::uint32_t kLevel = 1;

// ISA-L counts in 32 bits, and in small pieces what comes out for one has a small bound.
constexpr std::size_t kLargestPiece = std::size_t{16} * 1024;
// More than headers, flush marker and stored blocks add to what cannot be compressed.
constexpr std::size_t kOverhead = 512;

}  // namespace

struct FastDeflater::State {
    void feed(Bytes input, std::uint16_t flush, Buffer& out);

    isal_zstream stream;
    std::array<std::uint8_t, ISAL_DEF_LVL1_SMALL> tables;
};

void FastDeflater::State::feed(Bytes input, std::uint16_t flush, Buffer& out) {
    // ISA-L does not write to its input; its type predates const.
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<std::uint32_t>(input.size());
    stream.flush = flush;
    do {
        const MutableBytes room = out.prepare(stream.avail_in + kOverhead);
        stream.next_out = reinterpret_cast<std::uint8_t*>(room.data());
        stream.avail_out = static_cast<std::uint32_t>(room.size());
        const int status = isal_deflate(&stream);
        TAUTLINE_ASSERT(status == COMP_OK);
        out.commit(room.size() - stream.avail_out);
    } while (stream.avail_out == 0 || stream.avail_in > 0);
}

bool FastDeflater::available() { return true; }

// Not cleared: ISA-L sets what it reads.
FastDeflater::FastDeflater() : state_(std::make_unique_for_overwrite<State>()) {
    isal_deflate_init(&state_->stream);
    state_->stream.level = kLevel;
    state_->stream.level_buf = state_->tables.data();
    state_->stream.level_buf_size = static_cast<std::uint32_t>(state_->tables.size());
}

FastDeflater::~FastDeflater() = default;

void FastDeflater::compress(Bytes input, bool last, Buffer& out) {
    State& state = *state_;
    while (input.size() > kLargestPiece) {
        state.feed(input.first(kLargestPiece), NO_FLUSH, out);
        input = input.subspan(kLargestPiece);
    }
    state.feed(input, last ? SYNC_FLUSH : NO_FLUSH, out);
    if (last) isal_deflate_reset(&state.stream);
}

}  // namespace tautline::deflate

#else

namespace tautline::deflate {

struct FastDeflater::State {};

bool FastDeflater::available() { return false; }

FastDeflater::FastDeflater() { TAUTLINE_ASSERT(available()); }
FastDeflater::~FastDeflater() = default;

void FastDeflater::compress(Bytes /*input*/, bool /*last*/, Buffer& /*out*/) {
    TAUTLINE_ASSERT(available());
}

}  // namespace tautline::deflate

#endif
