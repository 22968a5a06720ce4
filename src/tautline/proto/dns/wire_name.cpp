// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/wire_name.hpp>

#include <algorithm>
#include <cstdint>

#include <tautline/base/ascii.hpp>

namespace tautline::dns {

namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::uint8_t kPointer = 0xc0;

bool is_host_byte(char byte) {
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '_';
}

std::uint8_t byte_at(Bytes message, std::size_t at) {
    return std::to_integer<std::uint8_t>(message[at]);
}

// Where a pointer leads; std::nullopt when it does not lead backwards.
std::optional<std::size_t> follow(Bytes message, std::size_t at) {
    if (at + 1 >= message.size()) return std::nullopt;
    const std::size_t to = (byte_at(message, at) & 0x3fU) * 256U + byte_at(message, at + 1);
    if (to >= at) return std::nullopt;
    return to;
}

bool add_label(std::string& name, std::string_view label) {
    if (!std::ranges::all_of(label, is_host_byte)) return false;
    if (!name.empty()) name += '.';
    name += to_lower(label);
    return name.size() <= kMaxName - 2;  // on the wire: a length in front, a zero behind
}

}  // namespace

std::optional<WireName> read_name(Bytes message, std::size_t offset, Compression compression) {
    WireName name;
    std::size_t at = offset;
    std::size_t lowest = offset;  // each pointer leads before everything that was read
    while (at < message.size()) {
        const std::uint8_t length = byte_at(message, at);
        if (length == 0) {
            if (name.size == 0) name.size = at + 1 - offset;
            return name;
        }
        if ((length & kPointer) == kPointer) {
            const auto to = follow(message, at);
            if (!to || compression == Compression::refused || *to >= lowest) return std::nullopt;
            if (name.size == 0) name.size = at + 2 - offset;
            at = lowest = *to;
            continue;
        }
        if ((length & kPointer) != 0 || at + 1 + length > message.size()) return std::nullopt;
        if (!add_label(name.text, as_text(message.subspan(at + 1, length)))) return std::nullopt;
        at += std::size_t{1} + length;
    }
    return std::nullopt;
}

}  // namespace tautline::dns
