// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_deflater.hpp>

#include <tautline/base/assert.hpp>

#ifdef TAUTLINE_WITH_ISAL

#include <array>
#include <cstddef>
#include <cstdint>

#include <isa-l/igzip_lib.h>

namespace tautline::deflate {

namespace {

// Level 1 compresses JSON as zlib does at its level 6. Higher levels clear larger tables in front
// of each message and save next to nothing.
constexpr std::uint32_t kLevel = 1;

// More than headers, flush marker and stored blocks add to what cannot be compressed.
constexpr std::size_t kOverhead = 512;

}  // namespace

struct FastDeflater::State {
    isal_zstream stream;
    std::array<std::uint8_t, ISAL_DEF_LVL1_SMALL> tables;
};

bool FastDeflater::available() { return true; }

// Not cleared: ISA-L sets what it reads.
FastDeflater::FastDeflater() : state_(std::make_unique_for_overwrite<State>()) {
    isal_deflate_init(&state_->stream);
    state_->stream.level = kLevel;
    state_->stream.flush = SYNC_FLUSH;
    state_->stream.level_buf = state_->tables.data();
    state_->stream.level_buf_size = static_cast<std::uint32_t>(state_->tables.size());
}

FastDeflater::~FastDeflater() = default;

void FastDeflater::compress(Bytes message, Buffer& out) {
    TAUTLINE_ASSERT(!message.empty() && message.size() <= kLargestMessage);
    isal_zstream& stream = state_->stream;
    isal_deflate_reset(&stream);
    // ISA-L does not write to its input; its type predates const.
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(message.data()));
    stream.avail_in = static_cast<std::uint32_t>(message.size());
    const MutableBytes room = out.prepare(message.size() + kOverhead);
    stream.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    stream.avail_out = static_cast<std::uint32_t>(room.size());
    const int status = isal_deflate(&stream);
    TAUTLINE_ASSERT(status == COMP_OK && stream.avail_out > 0);
    out.commit(room.size() - stream.avail_out);
}

}  // namespace tautline::deflate

#else

namespace tautline::deflate {

struct FastDeflater::State {};

bool FastDeflater::available() { return false; }

FastDeflater::FastDeflater() { TAUTLINE_ASSERT(available()); }
FastDeflater::~FastDeflater() = default;

void FastDeflater::compress(Bytes /*message*/, Buffer& /*out*/) { TAUTLINE_ASSERT(available()); }

}  // namespace tautline::deflate

#endif
