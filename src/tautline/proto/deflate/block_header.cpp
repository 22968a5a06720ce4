// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/block_header.hpp>

#include <algorithm>
#include <bit>

#include <tautline/base/little_endian.hpp>

namespace tautline::deflate {

namespace {

constexpr std::size_t kFewestLiterals = 257;
constexpr std::size_t kFewestDistances = 1;
constexpr std::size_t kFewestCodeLengths = 4;
constexpr unsigned kCodeLengthBits = 3;
constexpr std::size_t kCountsBits = 5 + 5 + 4;

// Runs of the three symbols that repeat, and the bits of their counts.
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kLongestRepeat = 6;
constexpr std::size_t kShortestManyZeros = 11;
constexpr std::size_t kMostZeros = 138;
constexpr std::array<std::uint8_t, kCodeLengthSymbols> kExtraBits{0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                                  0, 0, 0, 0, 0, 0, 2, 3, 7};

// The words of this code must not be longer than 7 bits: no symbol counts for less than one in 64.
constexpr std::size_t kRarest = 64;

// Behind the last length: it ends each run.
constexpr std::byte kNoLength{0xff};

// How many lengths from here on are the same. Eight are compared at a time: what is loaded behind
// the last one is never a length.
std::size_t run_from(const std::byte* first) {
    const std::uint64_t same = std::to_integer<std::uint64_t>(*first) * 0x0101010101010101;
    std::size_t count = 0;
    for (;; count += 8) {
        const std::uint64_t differ = load_little_endian(first + count) ^ same;
        if (differ != 0) return count + static_cast<std::size_t>(std::countr_zero(differ)) / 8;
    }
}

std::size_t used(std::span<const CodeWord> code, std::size_t fewest) {
    std::size_t count = code.size();
    while (count > fewest && code[count - 1].length == 0) --count;
    return count;
}

}  // namespace

BlockHeader::BlockHeader(std::span<const CodeWord> literals, std::span<const CodeWord> distances)
    : literals_(used(literals, kFewestLiterals)), distances_(used(distances, kFewestDistances)) {
    std::array<std::byte, kMostLengths + sizeof(std::uint64_t)> lengths;
    const auto length_of = [](const CodeWord& word) { return static_cast<std::byte>(word.length); };
    auto next = std::ranges::transform(literals.first(literals_), lengths.begin(), length_of).out;
    next = std::ranges::transform(distances.first(distances_), next, length_of).out;
    std::fill_n(next, sizeof(std::uint64_t), kNoLength);
    add_runs(lengths.data());
    make_code();
}

void BlockHeader::add(std::size_t symbol, std::size_t extra) {
    runs_[runs_count_++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(extra)};
    ++frequencies_[symbol];
}

void BlockHeader::add_runs(const std::byte* lengths) {
    for (std::size_t count = 0; *lengths != kNoLength; lengths += count) {
        count = run_from(lengths);
        if (*lengths == std::byte{0}) {
            add_zeros(count);
        } else {
            add_repeats(std::to_integer<std::size_t>(*lengths), count);
        }
    }
}

void BlockHeader::add_zeros(std::size_t count) {
    while (count >= kShortestManyZeros) {
        const std::size_t run = std::min(count, kMostZeros);
        add(kManyZeros, run - kShortestManyZeros);
        count -= run;
    }
    if (count >= kShortestRun) return add(kFewZeros, count - kShortestRun);
    for (; count > 0; --count) add(0, 0);
}

// The first one is told, the others repeat it.
void BlockHeader::add_repeats(std::size_t length, std::size_t count) {
    add(length, 0);
    --count;
    while (count >= kShortestRun) {
        const std::size_t run = std::min(count, kLongestRepeat);
        add(kRepeatPrevious, run - kShortestRun);
        count -= run;
    }
    for (; count > 0; --count) add(length, 0);
}

void BlockHeader::make_code() {
    auto frequencies = frequencies_;
    const auto fewest = static_cast<std::uint16_t>(runs_count_ / kRarest + 1);
    for (std::uint16_t& frequency : frequencies) {
        if (frequency > 0) frequency = std::max(frequency, fewest);
    }
    make_prefix_code(frequencies, code_);
    while (code_lengths_ > kFewestCodeLengths &&
           code_[kCodeLengthOrder[code_lengths_ - 1]].length == 0) {
        --code_lengths_;
    }
    bits_ = kCountsBits + kCodeLengthBits * code_lengths_;
    for (std::size_t symbol = 0; symbol < kCodeLengthSymbols; ++symbol) {
        bits_ += std::size_t{frequencies_[symbol]} * (code_[symbol].length + kExtraBits[symbol]);
    }
}

void BlockHeader::write(BitWriter& out) const {
    out.flush();
    out.add(literals_ - kFewestLiterals, 5);
    out.add(distances_ - kFewestDistances, 5);
    out.add(code_lengths_ - kFewestCodeLengths, 4);
    for (std::size_t index = 0; index < code_lengths_; ++index) {
        out.flush();
        out.add(code_[kCodeLengthOrder[index]].length, kCodeLengthBits);
    }
    for (const Run& run : std::span(runs_).first(runs_count_)) {
        const CodeWord word = code_[run.symbol];
        out.flush();
        out.add(word.bits | std::uint64_t{run.extra} << word.length,
                word.length + kExtraBits[run.symbol]);
    }
    out.flush();
}

}  // namespace tautline::deflate
