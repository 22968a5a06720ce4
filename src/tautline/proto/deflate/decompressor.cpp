// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/decompressor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

#include <zlib.h>

#include <tautline/base/assert.hpp>

namespace tautline::deflate {

namespace {

constexpr std::array kTail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};

// zlib counts in 32 bits: it is fed in pieces that fit well.
constexpr std::size_t kLargestPiece = std::size_t{1024} * 1024;
constexpr std::size_t kMostRoom = std::size_t{16} * 1024;

constexpr int kWholeWindow = 15;
constexpr std::size_t kWholeWindowBytes = std::size_t{1} << kWholeWindow;

// zlib sets this in `data_type` when it stopped where a block ends.
constexpr int kAtBlockEnd = 128;

// Room for the output of one call: a multiple of the input, so that a small message takes little
// memory, and bounded, so that a bomb is detected step by step.
std::size_t room_for(std::size_t input_bytes, std::uint64_t budget) {
    const auto wanted = std::clamp<std::size_t>(input_bytes * 4, 128, kMostRoom);
    return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, budget));
}

}  // namespace

struct Decompressor::State {
    explicit State(const Settings& wanted) : settings(wanted) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (window_bits > 0) inflateEnd(&stream);
    }

    void begin();
    void reset();
    void resize_window(int bits);
    std::expected<void, InflateError> feed(Bytes input, std::uint64_t& budget, Buffer& out);
    std::expected<void, InflateError> run(std::uint64_t& budget, Buffer& out);
    std::expected<void, InflateError> step(MutableBytes room);
    std::expected<void, InflateError> finish_message(std::uint64_t& budget, Buffer& out);

    Settings settings;
    z_stream stream{};
    int window_bits = 0;  // of `stream`; 0 before it is begun
    bool at_block_end = false;
    bool stream_ended = false;  // by a final block, with no byte after it
};

// How far a match reaches that zlib takes depends on its window and on how its output was split.
// With the whole window during a message every split is the same. Between messages only as much is
// kept as was agreed on.
void Decompressor::State::begin() {
    if (window_bits > 0) return resize_window(kWholeWindow);
    const int status = inflateInit2(&stream, -kWholeWindow);
    TAUTLINE_ASSERT(status == Z_OK);
    window_bits = kWholeWindow;
}

void Decompressor::State::resize_window(int bits) {
    if (bits == window_bits) return;
    std::array<Bytef, kWholeWindowBytes> window;
    uInt size = 0;
    int status = inflateGetDictionary(&stream, window.data(), &size);
    const uInt kept = std::min(size, 1U << bits);
    if (status == Z_OK) status = inflateReset2(&stream, -bits);
    if (status == Z_OK) status = inflateSetDictionary(&stream, &window[size - kept], kept);
    TAUTLINE_ASSERT(status == Z_OK);
    window_bits = bits;
}

void Decompressor::State::reset() {
    const int status = inflateReset(&stream);
    TAUTLINE_ASSERT(status == Z_OK);
    at_block_end = false;
}

// Inflates what is set as input into `room`: until one of them is used up.
std::expected<void, InflateError> Decompressor::State::step(MutableBytes room) {
    const uInt input_before = stream.avail_in;
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    TAUTLINE_ASSERT(status != Z_MEM_ERROR);
    // A raw stream never asks for a dictionary: only corrupt bytes can give this.
    if (status == Z_DATA_ERROR) return std::unexpected(InflateError::corrupt);
    // RFC 7692 section 7.2.3.4: a final block ends a DEFLATE stream, not the message.
    if (status == Z_STREAM_END) {
        reset();
        stream_ended = true;
        return {};
    }
    at_block_end = (stream.data_type & kAtBlockEnd) != 0;
    if (stream.avail_in != input_before) stream_ended = false;
    return {};
}

// Appends all output of the input. Returns when zlib wants more input: it leaves room then.
std::expected<void, InflateError> Decompressor::State::run(std::uint64_t& budget, Buffer& out) {
    bool hungry = false;
    while (!hungry) {
        std::byte excess{};
        const std::size_t wanted = room_for(stream.avail_in, budget);
        // When the budget is used up, one byte of our own shows whether more output would follow.
        const MutableBytes room = wanted > 0 ? out.prepare(wanted) : MutableBytes(&excess, 1);
        const auto done = step(room);
        const std::size_t written = room.size() - stream.avail_out;
        // The budget is checked first: zlib may have written the byte and then met corrupt data.
        if (written > budget) return std::unexpected(InflateError::too_large);
        // What came out before the corrupt place is kept: the caller may judge it first.
        out.commit(written);
        budget -= written;
        if (!done) return done;
        hungry = stream.avail_in == 0 && stream.avail_out > 0;
    }
    return {};
}

std::expected<void, InflateError> Decompressor::State::feed(Bytes input, std::uint64_t& budget,
                                                            Buffer& out) {
    while (!input.empty()) {
        const Bytes piece = input.first(std::min(input.size(), kLargestPiece));
        // zlib does not write to its input; its type predates const.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));
        stream.avail_in = static_cast<uInt>(piece.size());
        if (auto done = run(budget, out); !done) return done;
        input = input.subspan(piece.size());
    }
    return {};
}

std::expected<void, InflateError> Decompressor::State::finish_message(std::uint64_t& budget,
                                                                      Buffer& out) {
    const std::uint64_t budget_before_tail = budget;
    if (!stream_ended) {
        // RFC 7692 section 7.2.2: the tail that the sender cut off is put back. It comes from
        // memory of ours: the caller's has no room for it.
        if (auto done = feed(kTail, budget, out); !done) return done;
        // The tail is what an empty stored block ends with. Where it reads as anything else, the
        // message was cut short, and what follows would be misread with it.
        if (!at_block_end || budget != budget_before_tail) {
            return std::unexpected(InflateError::corrupt);
        }
    }
    // RFC 7692 section 7.1.1: each message then begins with an empty window.
    if (!settings.context_takeover) {
        reset();
    } else {
        resize_window(settings.window_bits);
    }
    stream_ended = false;
    return {};
}

Decompressor::Decompressor(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

std::expected<void, InflateError> Decompressor::inflate(Bytes input, bool last,
                                                        std::uint64_t budget, Buffer& out) {
    state_->begin();
    if (auto done = state_->feed(input, budget, out); !done) return done;
    if (last) return state_->finish_message(budget, out);
    return {};
}

}  // namespace tautline::deflate
