// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/frame_reader.hpp>

#include <algorithm>

namespace tautline::websocket {

std::expected<std::optional<FrameSlice>, PeerError> FrameReader::read(MutableBytes& input,
                                                                      std::size_t max_payload) {
    if (input.empty()) return std::nullopt;
    if (received_ != header_.length) return take_payload(input, max_payload, false);
    const auto complete = partial_bytes_ == 0 ? read_header(input) : join_header(input);
    if (!complete) return std::unexpected(complete.error());
    if (!*complete) return std::nullopt;
    return take_payload(input, max_payload, true);
}

std::expected<bool, PeerError> FrameReader::read_header(MutableBytes& input) {
    const auto header = read_frame_header(input, local_, rsv1_);
    if (!header) return std::unexpected(header.error());
    if (!*header) {
        std::ranges::copy(input, partial_.begin());
        partial_bytes_ = static_cast<std::uint8_t>(input.size());
        input = {};
        return false;
    }
    header_ = **header;
    received_ = 0;
    input = input.subspan(frame_header_bytes(header_));
    return true;
}

// Joins the parts of a header that was split: the bytes that were kept and those that follow.
std::expected<bool, PeerError> FrameReader::join_header(MutableBytes& input) {
    std::array<std::byte, kMaxFrameHeaderBytes> joined{};
    const std::size_t kept = partial_bytes_;
    const std::size_t added = std::min(input.size(), joined.size() - kept);
    std::ranges::copy(std::span(partial_).first(kept), joined.begin());
    std::ranges::copy(input.first(added), joined.begin() + static_cast<std::ptrdiff_t>(kept));

    MutableBytes view = std::span(joined).first(kept + added);
    partial_bytes_ = 0;
    const auto complete = read_header(view);
    if (complete.has_value()) input = input.subspan(added - view.size());
    return complete;
}

// Four bytes end a header whose length is there; of any other they end nothing, or break a rule
// that the bytes to come may keep.
std::optional<FrameHeader> FrameReader::complete_with_zeros() const {
    std::array<std::byte, kMaxFrameHeaderBytes> padded{};
    std::ranges::copy(std::span(partial_).first(partial_bytes_), padded.begin());
    const std::size_t size = std::min(partial_bytes_ + sizeof(MaskingKey), padded.size());
    const auto header = read_frame_header(std::span(padded).first(size), local_, rsv1_);
    if (!header || !*header || is_control((*header)->opcode)) return std::nullopt;
    return *header;
}

FrameSlice FrameReader::take_payload(MutableBytes& input, std::size_t max_payload, bool first) {
    const std::uint64_t missing = header_.length - received_;
    const std::size_t there = std::min(input.size(), max_payload);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(missing, there));
    const MutableBytes payload = input.first(count);
    if (header_.masked) apply_mask(payload, header_.key, received_);
    input = input.subspan(count);
    received_ += count;
    return {header_, payload, first, received_ == header_.length};
}

}  // namespace tautline::websocket
