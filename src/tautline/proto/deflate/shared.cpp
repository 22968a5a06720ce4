// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/shared.hpp>

namespace tautline::deflate {

Compressor& Shared::compressor_for(const Compressor::Settings& settings) {
    for (auto& kept : compressors_) {
        if (kept && kept->settings == settings) return kept->compressor;
    }
    auto& place = compressors_[next_];
    next_ = (next_ + 1) % kCompressors;
    return place.emplace(settings, Compressor(settings)).compressor;
}

void Shared::compress(Compressor::Settings settings, Bytes message, Buffer& out) {
    settings.context_takeover = false;
    compressor_for(settings).compress(message, true, out);
}

std::expected<void, InflateError> Shared::inflate(Bytes message, std::uint64_t budget,
                                                  Buffer& out) {
    if (message.size() <= FastInflater::kLargestMessage) {
        if (!fast_inflater_) fast_inflater_.emplace();
        const auto inflated = fast_inflater_->inflate(message);
        if (inflated && inflated->size() <= budget) {
            out.append(*inflated);
            return {};
        }
    }
    if (!decompressor_) decompressor_.emplace(Decompressor::Settings{.context_takeover = false});
    auto inflated = decompressor_->inflate(message, true, budget, out);
    // After an error it is of no use to the next connection.
    if (!inflated) decompressor_.reset();
    return inflated;
}

}  // namespace tautline::deflate
