// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/fast_inflater.hpp>

namespace tautline::deflate {

/// Compresses and inflates whole messages that do not refer to each other, for all connections of a
/// thread: so that none of them owns the memory for it, and what there is stays in the caches.
///
/// Memory: as of its compressors, one for each of the last few settings, and of two inflaters: one
/// for what is short, and one for the rest. Made when first wanted, and kept.
/// Threads: one at a time.
class Shared {
public:
    /// Settings whose compressors are kept.
    static constexpr std::size_t kCompressors = 4;

    /// Compresses a message as `Compressor` does, without context takeover whatever `settings` say.
    void compress(Compressor::Settings settings, Bytes message, Buffer& out);
    /// Inflates a message as `Decompressor` does without context takeover, of whatever window.
    [[nodiscard]] std::expected<void, InflateError> inflate(Bytes message, std::uint64_t budget,
                                                            Buffer& out);

private:
    struct Kept {
        Compressor::Settings settings;
        Compressor compressor;
    };
    Compressor& compressor_for(const Compressor::Settings& settings);

    std::array<std::optional<Kept>, kCompressors> compressors_;
    std::size_t next_ = 0;  // to be replaced
    std::optional<FastInflater> fast_inflater_;
    std::optional<Decompressor> decompressor_;  // for what the fast one does not know
};

}  // namespace tautline::deflate
