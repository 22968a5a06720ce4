// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_inflater.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <tautline/base/assert.hpp>
#include <tautline/proto/deflate/bit_reader.hpp>
#include <tautline/proto/deflate/decoding_table.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

namespace {

constexpr std::array kTail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};

// The three bits in front of a block: the lowest would say that it is final.
constexpr std::uint32_t kStored = 0 << 1;
constexpr std::uint32_t kFixed = 1 << 1;
constexpr std::uint32_t kDynamic = 2 << 1;

// A table finds them too, but they stand for nothing (RFC 1951 section 3.2.6).
constexpr std::size_t kFixedDistanceSymbols = 32;

constexpr auto literal_meanings() {
    std::array<Decoded, kFixedLiteralLengths.size()> all{};
    for (std::size_t value = 0; value < kEndOfBlock; ++value) all[value] = Decoded::literal(value);
    all[kEndOfBlock] = Decoded::end_of_block();
    std::ranges::transform(kLengths, all.begin() + kFirstLength, Decoded::range);
    return all;
}
constexpr auto kLiteralMeanings = literal_meanings();

constexpr auto distance_meanings() {
    std::array<Decoded, kFixedDistanceSymbols> all{};
    std::ranges::transform(kDistances, all.begin(), Decoded::range);
    return all;
}
constexpr auto kDistanceMeanings = distance_meanings();

// The symbols of section 3.2.7, each as a run of lengths: in the number that it stands for, the low
// byte says how many, and the rest which length, or `kPrevious`.
constexpr std::uint32_t kPrevious = 16;
constexpr Decoded run_of(std::uint32_t length, std::uint32_t count, std::uint8_t extra_bits) {
    return Decoded::range({static_cast<std::uint16_t>(length << 8 | count), extra_bits});
}
constexpr auto code_length_meanings() {
    std::array<Decoded, kCodeLengthSymbols> all{};
    for (std::uint32_t length = 0; length <= kLongestCode; ++length) {
        all[length] = run_of(length, 1, 0);
    }
    all[kRepeatPrevious] = run_of(kPrevious, 3, 2);
    all[kFewZeros] = run_of(0, 3, 3);
    all[kManyZeros] = run_of(0, 11, 7);
    return all;
}
constexpr auto kCodeLengthMeanings = code_length_meanings();
constexpr std::size_t kLongestRun = 138;

struct Codes {
    DecodingTable<10, kLiteralMeanings> literals;
    DecodingTable<8, kDistanceMeanings> distances;
};

// The lengths of both codes of a block, one behind the other, and room for a run too long.
using CodeLengths = std::array<std::uint8_t, kLiteralSymbols + kDistanceSymbols + kLongestRun>;

// A turn of the loop over symbols takes so many literals that a table shows, and then any symbol.
constexpr std::size_t kLiteralsAhead = 2;
static_assert(kLiteralsAhead * detail::kMostIndexBits + kLongestCode + 5 <= BitReader::kRefilled);

// Matches are copied by so many bytes, twice a turn.
constexpr std::size_t kPiece = 16;

// What is read behind the end of the input, or written behind the largest output, before that is
// noticed: at most, less than 600 bytes that tell the codes of a block and 15 that are loaded
// ahead; and what one turn of the loop over symbols writes.
constexpr std::size_t kInputSlack = 1024;
constexpr std::size_t kOutputSlack = kLiteralsAhead + kLongestMatch + 4 * kPiece;

// How far a message was inflated.
struct Progress {
    BitReader in;
    std::byte* out;
};

void put_literal(Decoded literal, Progress& at) {
    *at.out++ = literal.byte();
    at.in.drop(literal.bits());
}

// Both may overlap: what is behind the end of `from` is copied as it was.
void copy_piece(const std::byte* from, std::byte* to) {
    std::array<std::byte, kPiece> piece;
    std::memcpy(piece.data(), from, kPiece);
    std::memcpy(to, piece.data(), kPiece);
}

// Writes less than four pieces more than `length` bytes.
void copy_match(std::size_t distance, std::size_t length, Progress& at) {
    std::byte* to = at.out;
    const std::byte* const from = to - distance;
    at.out += length;
    // What repeats within a piece is first written until it lies there for longer than a piece.
    while (to < from + kPiece) {
        copy_piece(from, to);
        to += to - from;
    }
    const std::ptrdiff_t back = to - from;
    do {
        copy_piece(to - back, to);
        copy_piece(to - back + kPiece, to + kPiece);
        to += 2 * kPiece;
    } while (to < at.out);
}

}  // namespace

struct FastInflater::State {
    State();

    std::optional<Bytes> inflate(Bytes message);
    bool read_block(std::uint32_t kind, Progress& at);
    bool read_stored(Progress& at);
    bool read_codes(Progress& at);
    bool read_code_lengths(std::size_t count, Progress& at);
    bool read_symbols(const Codes& codes, Progress& at);
    bool read_match(Decoded length, const Codes& codes, Progress& at);

    Codes own;  // of the block
    Codes fixed;
    DecodingTable<kLongestCodeLengthCode, kCodeLengthMeanings> code_lengths;
    CodeLengths lengths{};
    const std::byte* end = nullptr;  // of the input
    std::array<std::byte, kLargestMessage + kTail.size() + kInputSlack> input{};
    std::array<std::byte, kLargestOutput + kOutputSlack> output{};
};

FastInflater::State::State() {
    std::array<std::uint8_t, kFixedDistanceSymbols> distances{};
    distances.fill(kFixedDistanceLength);
    const bool built =
        fixed.literals.build(kFixedLiteralLengths) && fixed.distances.build(distances);
    TAUTLINE_ASSERT(built);
}

// The end of a message is a stored block of no bytes, the tail of which the sender cut off: this
// puts it back. What is behind it is left from other messages. Who reads it has missed the end.
std::optional<Bytes> FastInflater::State::inflate(Bytes message) {
    std::ranges::copy(message, input.begin());
    std::ranges::copy(kTail, input.begin() + static_cast<std::ptrdiff_t>(message.size()));
    end = input.data() + message.size() + kTail.size();
    Progress at{BitReader(input.data()), output.data()};
    while (at.in.position() < end) {
        at.in.refill();
        const std::uint32_t kind = at.in.take(3);
        if (!read_block(kind, at)) return std::nullopt;
        if (kind == kStored && at.in.position() == end) return Bytes(output.data(), at.out);
    }
    return std::nullopt;
}

bool FastInflater::State::read_block(std::uint32_t kind, Progress& at) {
    switch (kind) {
        case kStored: return read_stored(at);
        case kFixed: return read_symbols(fixed, at);
        case kDynamic: return read_codes(at) && read_symbols(own, at);
        default: return false;
    }
}

// RFC 1951 section 3.2.4.
bool FastInflater::State::read_stored(Progress& at) {
    at.in.drop_to_byte();
    at.in.refill();
    const std::uint32_t size = at.in.take(16);
    if (at.in.take(16) != (size ^ 0xffff)) return false;
    if (size == 0) return true;
    const std::byte* from = at.in.position();
    // Negative where the end was passed.
    const std::ptrdiff_t there = end - kTail.size() - from;
    const std::ptrdiff_t room = output.data() + kLargestOutput - at.out;
    if (std::min(there, room) < std::ptrdiff_t{size}) return false;
    at.out = std::copy_n(from, size, at.out);
    at.in = BitReader(from + size);
    return true;
}

// Section 3.2.7.
bool FastInflater::State::read_codes(Progress& at) {
    const std::size_t literals = kFirstLength + at.in.take(5);
    const std::size_t distances = 1 + at.in.take(5);
    const std::size_t lengths_of_code = 4 + at.in.take(4);
    if (literals > kLiteralSymbols || distances > kDistanceSymbols) return false;
    std::array<std::uint8_t, kCodeLengthSymbols + 7> bits{};
    for (std::size_t index = 0; index < lengths_of_code; ++index) {
        at.in.refill();
        bits[kCodeLengthOrder[index]] = static_cast<std::uint8_t>(at.in.take(3));
    }
    if (!code_lengths.build(std::span(bits).first(kCodeLengthSymbols))) return false;
    // As in zlib, nothing can be missing in this code.
    if (!code_lengths.complete() || !read_code_lengths(literals + distances, at)) return false;
    // Where the end of the block has no code, none will be found.
    return own.literals.build(std::span(lengths).first(literals)) &&
           own.distances.build(std::span(lengths).subspan(literals, distances));
}

bool FastInflater::State::read_code_lengths(std::size_t count, Progress& at) {
    constexpr std::size_t kUsualRun = 16;
    BitReader in = at.in;
    std::uint32_t length = kPrevious;  // before the first there is none
    std::size_t index = 0;
    while (index < count) {
        in.refill();
        const Decoded run = code_lengths.find(in.bits());
        const std::uint32_t number = run.number(in.bits());
        in.drop(run.bits());
        if (number >> 8 != kPrevious) length = number >> 8;
        const std::size_t times = number & 0xff;
        std::memset(&lengths[index], static_cast<int>(length), kUsualRun);
        if (times > kUsualRun) std::memset(&lengths[index], static_cast<int>(length), times);
        index += times;
    }
    at.in = in;
    return index == count && lengths[0] != kPrevious;
}

// Literals and matches, up to and with the end of the block.
bool FastInflater::State::read_symbols(const Codes& codes, Progress& progress) {
    Progress at = progress;
    const std::byte* const in_end = end;
    const std::byte* const out_end = output.data() + kLargestOutput;
    while (at.in.position() < in_end && at.out <= out_end) {
        at.in.refill();
        Decoded next = codes.literals.find(at.in.bits());
        for (std::size_t more = kLiteralsAhead; next.is_literal() && more > 0; --more) {
            put_literal(next, at);
            next = codes.literals.find(at.in.bits());
        }
        if (next.is_long()) next = codes.literals.find_long(at.in.bits());
        if (next.is_literal()) {
            put_literal(next, at);
        } else if (!next.is_unusual()) {
            if (!read_match(next, codes, at)) return false;
        } else {
            at.in.drop(next.bits());
            progress = at;
            return next.is_end_of_block() && at.out <= out_end;
        }
    }
    return false;
}

// `length` was found, and not yet taken: with it up to 40 bits of those that were refilled.
bool FastInflater::State::read_match(Decoded length, const Codes& codes, Progress& at) {
    const std::uint32_t bytes = length.number(at.in.bits());
    at.in.drop(length.bits());
    at.in.refill();
    Decoded distance = codes.distances.find(at.in.bits());
    if (distance.is_long()) distance = codes.distances.find_long(at.in.bits());
    const std::uint32_t back = distance.number(at.in.bits());
    at.in.drop(distance.bits());
    if (distance.is_unusual() || back > at.out - output.data()) return false;
    copy_match(back, bytes, at);
    return true;
}

FastInflater::FastInflater() : state_(std::make_unique<State>()) {}
FastInflater::~FastInflater() = default;

std::optional<Bytes> FastInflater::inflate(Bytes message) {
    if (message.size() > kLargestMessage) return std::nullopt;
    return state_->inflate(message);
}

}  // namespace tautline::deflate
