// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/settings.hpp"

namespace bench {

/// The messages that every connection sends, framed and masked beforehand: `lead` of them once, the
/// rest over and over. With context takeover the lead fills the window, so that what is repeated
/// refers to the same bytes every time.
class Frames {
public:
    explicit Frames(const Settings& settings);

    /// Which message stands at place `index` of the endless sequence.
    [[nodiscard]] std::size_t slot(std::uint64_t index) const {
        return index < lead_ ? static_cast<std::size_t>(index)
                             : lead_ + static_cast<std::size_t>((index - lead_) % cycle());
    }
    /// The bytes of the messages from `slot`, at most `count`, as far as they lie side by side.
    [[nodiscard]] std::string_view bytes(std::size_t slot, std::uint64_t count) const;
    [[nodiscard]] std::size_t wire_bytes(std::size_t slot) const {
        return offsets_[slot + 1] - offsets_[slot];
    }
    /// What must come back.
    [[nodiscard]] const std::string& payload(std::size_t slot) const { return payloads_[slot]; }

private:
    [[nodiscard]] std::size_t cycle() const { return payloads_.size() - lead_; }
    void add(const std::string& payload, const std::string& wire_payload, const Settings& settings);
    void add_compressed(const std::vector<std::string>& messages, const Settings& settings);

    std::size_t lead_ = 0;
    std::vector<std::string> payloads_;
    std::vector<std::size_t> offsets_ = {0};
    std::string bytes_;
};

/// A masked frame with a payload of at most 125 bytes.
std::string short_frame(unsigned opcode, std::string_view payload);

}  // namespace bench
