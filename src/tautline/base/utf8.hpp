// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// Checks UTF-8 (RFC 3629) that arrives in pieces, and fails at the first byte that no valid text
/// could have there, also in the middle of a character.
///
/// Vectorised where the processor can (chosen at run time) and the same as the scalar form for
/// every length, alignment and split.
/// Calling order: `feed` the pieces; at the end of the text ask `complete`. A validator that failed
/// stays failed until `reset`.
class Utf8Validator {
public:
    /// False when `bytes` holds a byte that cannot follow, or an earlier piece did.
    [[nodiscard]] bool feed(Bytes bytes);

    /// Whether the text may end here: nothing failed and no character is half there.
    [[nodiscard]] bool complete() const { return state_ == 0; }

    /// Where the first bad byte was, counted from the beginning of the text.
    [[nodiscard]] std::optional<std::uint64_t> first_bad_offset() const {
        return failed() ? std::optional(offset_) : std::nullopt;
    }

    void reset() { *this = Utf8Validator(); }

private:
    [[nodiscard]] bool failed() const { return state_ == kFailed; }
    [[nodiscard]] Bytes finish_character(Bytes bytes);
    [[nodiscard]] bool feed_scalar(Bytes bytes);

    static constexpr std::uint8_t kFailed = 0xff;
    std::uint8_t state_ = 0;    // see utf8.cpp: 0 between characters
    std::uint64_t offset_ = 0;  // bytes checked
};

/// Whether `text` as a whole is UTF-8.
[[nodiscard]] bool is_utf8(Bytes text);

namespace utf8 {

/// A fast form: how many bytes at the front of `bytes` are whole, valid characters, if a character
/// begins there. It may stop early, between any two characters; the scalar machine goes on there.
using SkipValid = std::size_t (*)(Bytes bytes);

/// Skips ASCII only.
[[nodiscard]] std::size_t skip_ascii(Bytes bytes);
#if defined(__x86_64__)
/// Skips every character. Needs AVX2.
[[nodiscard]] std::size_t skip_valid_avx2(Bytes bytes);
#endif
/// The best form for this processor.
[[nodiscard]] SkipValid best_skip_valid();

}  // namespace utf8
}  // namespace tautline
