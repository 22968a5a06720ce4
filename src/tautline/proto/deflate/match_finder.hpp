// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tautline/base/bytes.hpp>

namespace tautline::deflate {

/// Bytes that occur `distance` bytes before as well, behind `literals` bytes that do not.
struct Match {
    std::uint16_t literals = 0;
    std::uint16_t length = 0;
    std::uint16_t distance = 0;

    friend bool operator==(const Match&, const Match&) = default;
};

/// Finds what a message repeats (RFC 1951 section 4): for each four bytes it knows the last place
/// where they occurred, in a table that grows with the message, as it is cleared before each.
///
/// Memory: 20 KiB, of which short messages touch little.
class MatchFinder {
public:
    static constexpr std::size_t kLargestMessage = std::size_t{8} * 1024;
    static constexpr std::size_t kShortest = 4;  ///< Of all matches.

    /// The matches of a message of 1 to `kLargestMessage` bytes, in order; behind the last come
    /// literals. Valid until the next call.
    [[nodiscard]] std::span<const Match> find(Bytes message);

private:
    struct Found {
        std::size_t place = 0;
        std::size_t from = 0;
        std::size_t length = 0;
    };
    void clear(std::size_t message_bytes);
    std::size_t insert(std::uint32_t four, std::size_t place);
    bool is_better_one_later(Bytes message, Found& found);
    void insert_some_of(Bytes message, const Found& found);

    std::array<Match, kLargestMessage / kShortest> matches_;  // they do not overlap
    std::array<std::uint16_t, 4096> last_places_;
    unsigned shift_ = 0;  // of a hash, to an index
};

}  // namespace tautline::deflate
