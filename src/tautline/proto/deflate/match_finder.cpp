// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/match_finder.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/base/little_endian.hpp>
#include <tautline/proto/deflate/symbols.hpp>

namespace tautline::deflate {

namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

// A match that is so long is taken without a look at the next place.
constexpr std::size_t kGoodLength = 32;

// After so many places without a match the next ones are passed by, one more each time: what cannot
// be compressed shall not cost much.
constexpr std::size_t kPatience = 64;

std::uint32_t four_at(Bytes message, std::size_t place) {
    std::uint32_t four = 0;
    std::memcpy(&four, &message[place], sizeof four);
    return four;
}

// Which bytes differ between two words, as a word.
std::uint64_t difference(Bytes message, std::size_t from, std::size_t place) {
    return load_little_endian(&message[from]) ^ load_little_endian(&message[place]);
}

// How many bytes are the same at both places. Two words at a time, as whether a match ends in its
// first or its second word is hard to predict.
std::size_t common_length(Bytes message, std::size_t from, std::size_t place) {
    const std::size_t most = std::min(kLongestMatch, message.size() - place);
    std::size_t length = 0;
    for (; length + 2 * kWordBytes <= most; length += 2 * kWordBytes) {
        const std::uint64_t first = difference(message, from + length, place + length);
        const std::uint64_t second =
            difference(message, from + length + kWordBytes, place + length + kWordBytes);
        if ((first | second) == 0) continue;
        const std::uint64_t differ = first != 0 ? first : second;
        return length + (first != 0 ? 0 : kWordBytes) +
               static_cast<std::size_t>(std::countr_zero(differ)) / 8;
    }
    while (length < most && message[from + length] == message[place + length]) ++length;
    return length;
}

}  // namespace

// Place 0 is also what an empty entry says: that costs nothing, as bytes are compared anyway.
void MatchFinder::clear(std::size_t message_bytes) {
    const unsigned bits = message_bytes <= 512 ? 10 : message_bytes <= 2048 ? 11 : 12;
    shift_ = 32 - bits;
    std::fill_n(last_places_.begin(), std::size_t{1} << bits, std::uint16_t{0});
}

// Returns the place before it where the same four bytes may be, too.
std::size_t MatchFinder::insert(std::uint32_t four, std::size_t place) {
    std::uint16_t& last_place = last_places_[(four * 0x9e3779b1U) >> shift_];
    return std::exchange(last_place, static_cast<std::uint16_t>(place));
}

// Whether a longer match begins one place later than this one. It does not where it would only be
// the rest of the same.
bool MatchFinder::is_better_one_later(Bytes message, Found& found) {
    const std::size_t place = found.place + 1;
    if (found.length >= kGoodLength || place + kWordBytes > message.size()) return false;
    const std::uint32_t four = four_at(message, place);
    const std::size_t from = insert(four, place);
    if (four_at(message, from) != four || from == found.from + 1) return false;
    const std::size_t length = common_length(message, from, place);
    if (length <= found.length) return false;
    found = {.place = place, .from = from, .length = length};
    return true;
}

// Of the places in a match a few: each costs time, and the next match often begins like this one.
void MatchFinder::insert_some_of(Bytes message, const Found& found) {
    if (found.place + found.length + kWordBytes > message.size()) return;
    for (const std::size_t offset : {std::size_t{2}, std::size_t{3}, found.length - 1}) {
        insert(four_at(message, found.place + offset), found.place + offset);
    }
}

std::span<const Match> MatchFinder::find(Bytes message) {
    TAUTLINE_ASSERT(!message.empty() && message.size() <= kLargestMessage);
    clear(message.size());
    std::size_t count = 0;
    std::size_t literals_from = 0;
    std::size_t missed = 0;
    for (std::size_t place = 1; place + kWordBytes <= message.size();) {
        const std::uint32_t four = four_at(message, place);
        const std::size_t from = insert(four, place);
        if (four_at(message, from) != four) [[likely]] {
            place += 1 + ++missed / kPatience;
            continue;
        }
        missed = 0;
        Found found{.place = place, .from = from, .length = common_length(message, from, place)};
        while (is_better_one_later(message, found)) continue;
        matches_[count++] = {.literals = static_cast<std::uint16_t>(found.place - literals_from),
                             .length = static_cast<std::uint16_t>(found.length),
                             .distance = static_cast<std::uint16_t>(found.place - found.from)};
        insert_some_of(message, found);
        place = literals_from = found.place + found.length;
    }
    return std::span(matches_).first(count);
}

}  // namespace tautline::deflate
