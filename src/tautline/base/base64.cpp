// SPDX-License-Identifier: MIT
#include <tautline/base/base64.hpp>

#include <algorithm>
#include <cstdint>

namespace tautline {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Three bytes, of which the first `count` are there, as a number of 24 bits.
std::uint32_t read_group(Bytes group) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        bits = bits << 8 | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0);
    }
    return bits;
}

// Four characters without padding, `size` of which are there, as a number of 24 bits.
std::optional<std::uint32_t> read_characters(std::string_view group) {
    std::uint32_t bits = 0;
    for (const char c : group) {
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    return bits << 6 * (4 - group.size());
}

}  // namespace

std::string encode_base64(Bytes bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(3, bytes.size()))) {
        const Bytes group = bytes.first(std::min<std::size_t>(3, bytes.size()));
        const std::uint32_t bits = read_group(group);
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= group.size() ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (; !text.empty(); text.remove_prefix(4)) {
        std::string_view group = text.substr(0, 4);
        const bool last = text.size() == 4;
        if (last && group.ends_with('=')) group.remove_suffix(group.ends_with("==") ? 2 : 1);
        const auto bits = read_characters(group);
        if (!bits) return std::nullopt;
        const std::size_t count = group.size() - 1;
        // What the padding cuts off must be zero, or two texts would mean the same bytes.
        if ((*bits & ((1U << 8 * (3 - count)) - 1)) != 0) return std::nullopt;
        for (std::size_t i = 0; i < count; ++i) {
            bytes.push_back(static_cast<std::byte>(*bits >> (16 - 8 * i)));
        }
    }
    return bytes;
}

}  // namespace tautline
