// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/prefix_code.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include <tautline/base/assert.hpp>

namespace tautline::deflate {

namespace {

constexpr unsigned kFractions = 16;  // in which logarithms are counted
constexpr unsigned kWholeCode = 1U << kLongestCode;

// The logarithm to base 2, in sixteenths, rounded down: squaring a number from 1 to 2 doubles its
// logarithm, whose whole part is the next digit.
constexpr std::uint8_t logarithm(std::size_t number) {
    const auto whole = static_cast<unsigned>(std::bit_width(number)) - 1;
    std::uint64_t rest = number << (31 - whole);
    unsigned digits = whole;
    for (unsigned fraction = 1; fraction < kFractions; fraction *= 2) {
        rest = rest * rest >> 31;
        const unsigned digit = rest >> 32 != 0 ? 1 : 0;
        rest >>= digit;
        digits = digits * 2 + digit;
    }
    return static_cast<std::uint8_t>(digits);
}

constexpr auto kLogarithms = [] {
    std::array<std::uint8_t, kMostOccurrences + 1> all{};
    for (std::size_t number = 1; number < all.size(); ++number) all[number] = logarithm(number);
    return all;
}();

constexpr auto kReversedBytes = [] {
    std::array<std::uint8_t, 256> all{};
    for (unsigned byte = 0; byte < all.size(); ++byte) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            all[byte] = static_cast<std::uint8_t>(all[byte] | (byte >> bit & 1) << (7 - bit));
        }
    }
    return all;
}();

constexpr std::uint16_t reversed(unsigned bits, unsigned length) {
    const unsigned aligned = bits << (16 - length);
    return static_cast<std::uint16_t>(kReversedBytes[aligned >> 8] | kReversedBytes[aligned & 0xff]
                                                                         << 8);
}

// Some symbols, in an order.
struct Symbols {
    std::array<std::uint16_t, kLiteralSymbols + 1> values;
    std::size_t count = 0;

    [[nodiscard]] std::span<const std::uint16_t> all() const { return {values.data(), count}; }
};

// Those that occur. Most symbols of most alphabets do not: they are passed by four at a time, and
// those in between without branches that nobody could predict.
void find_present(std::span<const std::uint16_t> frequencies, Symbols& present) {
    std::size_t symbol = 0;
    const auto look_at_one = [&] {
        present.values[present.count] = static_cast<std::uint16_t>(symbol);
        present.count += frequencies[symbol] != 0 ? 1U : 0U;
        ++symbol;
    };
    while (symbol + 4 <= frequencies.size()) {
        std::uint64_t four = 0;
        std::memcpy(&four, &frequencies[symbol], sizeof four);
        if (four == 0) {
            symbol += 4;
            continue;
        }
        for (int turn = 0; turn < 4; ++turn) look_at_one();
    }
    while (symbol < frequencies.size()) look_at_one();
}

// A code of fewer than two words is not complete.
void add_up_to_two(Symbols& present) {
    if (present.count >= 2) return;
    const std::uint16_t only = present.count == 0 ? std::uint16_t{0} : present.values[0];
    present.values[0] = 0;
    present.values[1] = std::max<std::uint16_t>(only, 1);
    present.count = 2;
}

// What was rounded off of the length of each symbol, and how many have each such rest.
struct Rounding {
    std::array<std::uint8_t, kLiteralSymbols> rests;
    std::array<std::uint16_t, kFractions> counts{};
};

// A length is the logarithm of total / frequency, rounded up; as both logarithms are rounded down
// themselves, more than up, but never down: the words always fit into the code.
Rounding assign_lengths(std::span<const std::uint16_t> present,
                        std::span<const std::uint16_t> frequencies, std::span<CodeWord> code) {
    std::size_t total = 0;
    for (const std::uint16_t symbol : present) total += frequencies[symbol];
    TAUTLINE_ASSERT(total <= kMostOccurrences);
    const unsigned top = kLogarithms[total] + kFractions;
    Rounding rounding;
    for (std::size_t index = 0; index < present.size(); ++index) {
        const std::uint16_t symbol = present[index];
        const unsigned sixteenths = top - kLogarithms[frequencies[symbol]];
        const unsigned rest = sixteenths % kFractions;
        code[symbol].length = static_cast<std::uint16_t>(sixteenths / kFractions);
        rounding.rests[index] = static_cast<std::uint8_t>(rest);
        ++rounding.counts[rest];
    }
    return rounding;
}

// Those whose lengths were rounded up most come first.
void sort_by_rounding(const Symbols& present, const Rounding& rounding, Symbols& sorted) {
    std::array<std::uint16_t, kFractions> places;
    std::exclusive_scan(rounding.counts.begin(), rounding.counts.end(), places.begin(),
                        std::uint16_t{0});
    for (std::size_t index = 0; index < present.count; ++index) {
        sorted.values[places[rounding.rests[index]]++] = present.values[index];
    }
    sorted.count = present.count;
}

// Shortens words until the code is complete. Ends, as what is left is a multiple of what the
// longest word takes.
void use_up(std::span<const std::uint16_t> symbols, std::span<CodeWord> code) {
    unsigned left = kWholeCode;
    for (const std::uint16_t symbol : symbols) left -= kWholeCode >> code[symbol].length;
    while (left > 0) {
        for (const std::uint16_t symbol : symbols) {
            const unsigned length = code[symbol].length;
            const unsigned takes = kWholeCode >> length;
            const unsigned shorter = takes <= left ? 1U : 0U;
            left -= takes & (0U - shorter);
            code[symbol].length = static_cast<std::uint16_t>(length - shorter);
        }
    }
}

// RFC 1951 section 3.2.2: words of one length follow each other in the order of their symbols.
constexpr void assign_bits(std::span<const std::uint16_t> symbols, std::span<CodeWord> code) {
    std::array<unsigned, kLongestCode + 1> counts{};
    for (const std::uint16_t symbol : symbols) ++counts[code[symbol].length];
    std::array<unsigned, kLongestCode + 1> next{};
    for (std::size_t length = 2; length <= kLongestCode; ++length) {
        next[length] = (next[length - 1] + counts[length - 1]) * 2;
    }
    for (const std::uint16_t symbol : symbols) {
        CodeWord& word = code[symbol];
        word.bits = reversed(next[word.length]++, word.length);
    }
}

template <std::size_t kSymbols>
constexpr std::array<CodeWord, kSymbols> fixed_code(
    std::span<const std::uint8_t, kSymbols> lengths) {
    std::array<CodeWord, kSymbols> code{};
    std::array<std::uint16_t, kSymbols> symbols{};
    for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
        symbols[symbol] = static_cast<std::uint16_t>(symbol);
        code[symbol].length = lengths[symbol];
    }
    assign_bits(symbols, code);
    return code;
}

constexpr auto kFixedLiteralCode = fixed_code(std::span(kFixedLiteralLengths));

}  // namespace

void make_prefix_code(std::span<const std::uint16_t> frequencies, std::span<CodeWord> code) {
    TAUTLINE_ASSERT(frequencies.size() == code.size() && code.size() <= kLiteralSymbols);
    std::ranges::fill(code, CodeWord{});
    Symbols present;
    find_present(frequencies, present);
    add_up_to_two(present);
    const Rounding rounding = assign_lengths(present.all(), frequencies, code);
    Symbols sorted;
    sort_by_rounding(present, rounding, sorted);
    use_up(sorted.all(), code);
    assign_bits(present.all(), code);
}

std::span<const CodeWord> fixed_literal_code() { return kFixedLiteralCode; }

std::span<const CodeWord> fixed_distance_code() {
    static constexpr auto kCode = [] {
        std::array<std::uint8_t, 32> lengths{};
        lengths.fill(kFixedDistanceLength);
        return fixed_code(std::span<const std::uint8_t, 32>(lengths));
    }();
    return kCode;
}

}  // namespace tautline::deflate
