// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

/// Finds the frames in what a server sends, however they are split. It looks at payloads only when
/// it is asked to keep them.
class ReplyReader {
public:
    struct Frame {
        unsigned first = 0;  ///< The first byte of the header.
        bool complete = false;
        std::string_view payload;  ///< The piece that was at hand.
    };

    /// Takes one piece of a frame off the front of `input`. False: more is needed.
    bool read(std::string_view& input, Frame& frame) {
        if (missing_ == 0 && !in_frame_ && !read_header(input)) return false;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(missing_, input.size()));
        if (size == 0 && missing_ > 0) return false;
        frame = {header_[0], size == missing_, input.substr(0, size)};
        input.remove_prefix(size);
        missing_ -= size;
        in_frame_ = missing_ > 0;
        return true;
    }

    /// Payload that must still come: it may be skipped unread with `skip`.
    [[nodiscard]] std::uint64_t missing() const { return missing_; }
    /// At least one byte must be left for `read`, which tells that the frame is complete.
    void skip(std::uint64_t count) { missing_ -= count; }

private:
    bool read_header(std::string_view& input) {
        while (header_bytes_ < wanted_header_bytes()) {
            if (input.empty()) return false;
            header_[header_bytes_++] = static_cast<unsigned char>(input.front());
            input.remove_prefix(1);
        }
        missing_ = header_[1] & 0x7fu;
        if (missing_ >= 126) {
            const std::size_t end = header_bytes_;
            missing_ = 0;
            for (std::size_t i = 2; i < end; ++i) missing_ = missing_ << 8 | header_[i];
        }
        header_bytes_ = 0;
        in_frame_ = true;
        return true;
    }

    [[nodiscard]] std::size_t wanted_header_bytes() const {
        if (header_bytes_ < 2) return 2;
        const unsigned length = header_[1] & 0x7fu;
        return length < 126 ? 2 : (length == 126 ? 4 : 10);
    }

    std::array<unsigned char, 10> header_{};
    std::size_t header_bytes_ = 0;
    std::uint64_t missing_ = 0;
    bool in_frame_ = false;
};

}  // namespace bench
