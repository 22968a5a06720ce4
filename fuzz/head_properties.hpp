// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/head_writer.hpp>

namespace tautline::fuzz {

/// How the reading of some bytes ended.
template <typename Head>
struct Outcome {
    std::optional<http::HeadError> error;
    std::optional<Head> head;
    std::size_t taken = 0;
};

/// Reads `text` in pieces of `piece_bytes`.
template <typename Head>
Outcome<Head> read_in_pieces(std::string_view text, std::size_t piece_bytes,
                             http::HeadLimits limits) {
    http::HeadReader<Head> reader(limits);
    Outcome<Head> outcome;
    while (!text.empty() && !outcome.head) {
        auto progress = reader.receive(as_bytes(text.substr(0, piece_bytes)));
        if (!progress) {
            outcome.error = progress.error();
            return outcome;
        }
        TAUTLINE_ASSERT(progress->head || progress->taken == std::min(piece_bytes, text.size()));
        outcome.taken += progress->taken;
        outcome.head = std::move(progress->head);
        text.remove_prefix(progress->taken);
    }
    return outcome;
}

inline bool same_fields(const http::FieldList& a, const http::FieldList& b) {
    return std::ranges::equal(a, b);
}

inline bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 9110 section 15: a status above 599 is read but never written.
inline bool has_status_of_no_class(const http::RequestHead& /*head*/) { return false; }
inline bool has_status_of_no_class(const http::ResponseHead& head) { return head.status > 599; }

/// Checks that the pieces in which the bytes come change nothing, that the limits hold, and that a
/// head which was read can be written and read again as the same.
template <typename Head, typename Same>
void check_head(const std::uint8_t* data, std::size_t size, Same same) {
    if (size < 4) return;
    const http::HeadLimits limits{
        .head_bytes = data[0] * 8U, .line_bytes = data[1] * 2U, .fields = data[2] % 16U};
    const std::size_t piece_bytes = 1U + data[3] % 64U;
    const auto text = as_text(Bytes(reinterpret_cast<const std::byte*>(data), size)).substr(4);

    const auto whole = read_in_pieces<Head>(text, size, limits);
    for (const std::size_t piece : {std::size_t{1}, piece_bytes}) {
        const auto cut = read_in_pieces<Head>(text, piece, limits);
        TAUTLINE_ASSERT(cut.error == whole.error);
        TAUTLINE_ASSERT(cut.head.has_value() == whole.head.has_value());
        TAUTLINE_ASSERT(whole.error || cut.taken == whole.taken);
        TAUTLINE_ASSERT(!whole.head || same(*cut.head, *whole.head));
    }
    TAUTLINE_ASSERT(whole.taken <= limits.head_bytes);
    if (!whole.head) return;
    TAUTLINE_ASSERT(whole.head->fields.size() <= limits.fields);

    // Bytes above ASCII are read but never written.
    const auto written = http::write_head(*whole.head);
    TAUTLINE_ASSERT(written || !is_ascii(text.substr(0, whole.taken)) ||
                    has_status_of_no_class(*whole.head));
    if (!written) return;
    const auto again = read_in_pieces<Head>(*written, written->size(), {});
    TAUTLINE_ASSERT(again.head && again.taken == written->size());
    TAUTLINE_ASSERT(same(*again.head, *whole.head));
}

}  // namespace tautline::fuzz
