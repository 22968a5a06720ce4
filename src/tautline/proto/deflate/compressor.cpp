// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/compressor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

#include <zlib.h>

#include <tautline/base/assert.hpp>
#include <tautline/proto/deflate/fast_deflater.hpp>

namespace tautline::deflate {

namespace {

constexpr std::array kTail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};
constexpr std::array kEmptyMessage{std::byte{0x00}};

// zlib counts in 32 bits: it is fed in pieces that fit well.
constexpr std::size_t kLargestPiece = std::size_t{1024} * 1024;
constexpr std::size_t kMostRoom = std::size_t{16} * 1024;

// A user of higher levels wants short messages, not speed; level 0 must store.
constexpr int kHighestFastLevel = 6;

// Where the whole message is in the window no reference of its own is too far.
bool may_be_fast(const Compressor::Settings& settings, Bytes message) {
    const std::size_t window =
        settings.window_bits == 8 ? 0 : std::size_t{1} << settings.window_bits;
    return !settings.context_takeover && settings.level >= 1 &&
           settings.level <= kHighestFastLevel &&
           message.size() <= std::min(window, FastDeflater::kLargestMessage);
}

// Room for the output of one call. More than six bytes, or zlib writes flush markers again and
// again; little for short messages, and bounded for long ones.
std::size_t room_for(std::size_t input_bytes) {
    return std::clamp<std::size_t>(input_bytes, 128, kMostRoom);
}

// RFC 7692 section 7.2.1: the tail that every flush writes is not sent.
void cut_tail(Buffer& out) {
    TAUTLINE_ASSERT(std::ranges::equal(out.readable().last(kTail.size()), kTail));
    out.shrink(kTail.size());
}

}  // namespace

struct Compressor::State {
    explicit State(const Settings& wanted) : settings(wanted) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (begun) deflateEnd(&stream);
    }

    void begin();
    void run(Bytes input, int flush, Buffer& out);
    std::size_t step(MutableBytes room, int flush);
    void finish_message(Bytes input, Buffer& out);
    void compress_fast(Bytes message, Buffer& out);

    Settings settings;
    std::unique_ptr<FastDeflater> fast;
    z_stream stream{};
    bool begun = false;  // `stream` is initialised
    bool message_has_bytes = false;
};

void Compressor::State::begin() {
    if (begun) return;
    // zlib refuses a raw window of 8 bits, or in some versions silently uses 9. Literals alone have
    // no distance that could be too far.
    const bool literals_only = settings.window_bits == 8;
    const int window_bits = literals_only ? 9 : settings.window_bits;
    const int status =
        deflateInit2(&stream, settings.level, Z_DEFLATED, -window_bits, settings.memory_level,
                     literals_only ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY);
    TAUTLINE_ASSERT(status == Z_OK);
    begun = true;
}

// Compresses into `room` and says how much of it was used.
std::size_t Compressor::State::step(MutableBytes room, int flush) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int status = ::deflate(&stream, flush);
    TAUTLINE_ASSERT(status != Z_STREAM_ERROR);
    return room.size() - stream.avail_out;
}

// Feeds `input` and appends all that comes out with this kind of flush.
void Compressor::State::run(Bytes input, int flush, Buffer& out) {
    // zlib does not write to its input; its type predates const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    do {
        out.commit(step(out.prepare(room_for(stream.avail_in)), flush));
    } while (stream.avail_out == 0);
}

void Compressor::State::finish_message(Bytes input, Buffer& out) {
    // RFC 7692 section 7.2.3.6: an empty message is one empty stored block, whose tail is cut off
    // like any other. zlib itself writes nothing when there is nothing since the last flush.
    if (!message_has_bytes) return out.append(kEmptyMessage);
    run(input, Z_SYNC_FLUSH, out);
    cut_tail(out);
    // RFC 7692 section 7.1.1: the next message must not refer to this one.
    if (!settings.context_takeover) deflateReset(&stream);
    message_has_bytes = false;
}

void Compressor::State::compress_fast(Bytes message, Buffer& out) {
    // Not cleared: it sets what it reads.
    if (!fast) fast = std::make_unique_for_overwrite<FastDeflater>();
    fast->compress(message, out);
}

Compressor::Compressor(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

void Compressor::compress(Bytes input, bool last, Buffer& out) {
    State& state = *state_;
    if (!input.empty()) {
        const bool whole = last && !state.message_has_bytes;
        if (whole && may_be_fast(state.settings, input)) return state.compress_fast(input, out);
        state.begin();
        state.message_has_bytes = true;
    }
    while (input.size() > kLargestPiece) {
        state.run(input.first(kLargestPiece), Z_NO_FLUSH, out);
        input = input.subspan(kLargestPiece);
    }
    if (last) return state.finish_message(input, out);
    if (!input.empty()) state.run(input, Z_NO_FLUSH, out);
}

}  // namespace tautline::deflate
