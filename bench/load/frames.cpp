// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <random>

#include <zlib.h>

#include "bench/load/frames.hpp"
#include "bench/support/sockets.hpp"

namespace bench {

namespace {

// More than a window of 32 KiB when the messages are of 1 KiB.
constexpr std::size_t kCompressedCycle = 64;

constexpr unsigned kText = 1;
constexpr unsigned kBinary = 2;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kFin = 0x80;

void append_length(std::string& to, std::size_t length) {
    const auto byte = [&](std::size_t value) { to += static_cast<char>(value & 0xff); };
    if (length < 126) return byte(0x80 | length);
    const unsigned bytes = length < 65536 ? 2 : 8;
    byte(0x80 | (bytes == 2 ? 126u : 127u));
    for (unsigned i = bytes; i-- > 0;) byte(length >> (8 * i));
}

void append_frame(std::string& to, unsigned first, std::string_view payload) {
    constexpr std::array<unsigned char, 4> kKey = {0x37, 0xfa, 0x21, 0x3d};
    to += static_cast<char>(first);
    append_length(to, payload.size());
    for (const unsigned char byte : kKey) to += static_cast<char>(byte);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        to += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kKey[i % 4]);
    }
}

// Text as an API sends it: some words repeat, the numbers do not.
std::string json_text(std::mt19937& random, std::size_t size) {
    constexpr const char* kNames[] = {"Anna", "Bjoern", "Chloé", "Dmitri", "Emeka", "Fatima"};
    constexpr const char* kStates[] = {"open", "filled", "cancelled", "rejected"};
    std::string text = "[";
    while (text.size() < size) {
        text += R"({"id":)" + std::to_string(random()) + R"(,"user":")" + kNames[random() % 6] +
                R"(","price":)" + std::to_string(random() % 100000) + "." +
                std::to_string(random() % 100) + R"(,"state":")" + kStates[random() % 4] +
                R"(","at":"2026-01-)" + std::to_string(10 + random() % 20) + "T" +
                std::to_string(10 + random() % 14) + R"(:00:00Z","note":"größer als )" +
                std::to_string(random() % 1000) + "\"},";
    }
    text.resize(size);
    // Not to end inside of a character.
    for (std::size_t i = size; i-- > 0 && (text[i] & 0x80) != 0;) text[i] = ' ';
    return text;
}

std::vector<std::string> messages(const Settings& settings) {
    std::mt19937 random(42);
    const bool compressed = settings.compression != Compression::none;
    const std::size_t count = compressed ? kCompressedCycle : settings.in_flight;
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) {
        if (settings.text || compressed) {
            result.push_back(json_text(random, settings.message_bytes));
        } else {
            std::string bytes(settings.message_bytes, '\0');
            for (char& byte : bytes) byte = static_cast<char>(random());
            result.push_back(std::move(bytes));
        }
    }
    return result;
}

std::string deflate_message(z_stream& stream, const std::string& message) {
    std::string out(message.size() + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream.avail_in = static_cast<uInt>(message.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (::deflate(&stream, Z_SYNC_FLUSH) != Z_OK) give_up("deflate");
    out.resize(out.size() - stream.avail_out - 4);  // without 00 00 ff ff
    return out;
}

}  // namespace

Frames::Frames(const Settings& settings) {
    const auto list = messages(settings);
    if (settings.compression != Compression::none) {
        add_compressed(list, settings);
    } else {
        for (const std::string& message : list) add(message, message, settings);
    }
}

// What is sent in the second round refers to what the first one left in the window; so does every
// later round.
void Frames::add_compressed(const std::vector<std::string>& list, const Settings& settings) {
    const bool takeover = settings.compression == Compression::takeover;
    z_stream stream{};
    ::deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    for (int round = 0; round < (takeover ? 2 : 1); ++round) {
        for (const std::string& message : list) {
            add(message, deflate_message(stream, message), settings);
            if (!takeover) ::deflateReset(&stream);
        }
    }
    ::deflateEnd(&stream);
    if (takeover) lead_ = list.size();
}

void Frames::add(const std::string& payload, const std::string& wire_payload,
                 const Settings& settings) {
    payloads_.push_back(payload);
    const std::size_t piece = std::max<std::size_t>(
        1, (wire_payload.size() + settings.fragments - 1) / settings.fragments);
    std::size_t at = 0;
    do {
        const std::string_view rest = std::string_view(wire_payload).substr(at);
        const std::string_view part = rest.substr(0, piece);
        unsigned first = 0;
        if (at == 0) first = settings.text ? kText : kBinary;
        if (at == 0 && settings.compression != Compression::none) first = kText | kRsv1;
        if (part.size() == rest.size()) first |= kFin;
        append_frame(bytes_, first, part);
        at += part.size();
    } while (at < wire_payload.size());
    offsets_.push_back(bytes_.size());
}

std::string_view Frames::bytes(std::size_t slot, std::uint64_t count) const {
    const std::size_t last =
        static_cast<std::size_t>(std::min<std::uint64_t>(payloads_.size(), slot + count));
    return std::string_view(bytes_).substr(offsets_[slot], offsets_[last] - offsets_[slot]);
}

std::string short_frame(unsigned opcode, std::string_view payload) {
    std::string frame;
    append_frame(frame, kFin | opcode, payload);
    return frame;
}

}  // namespace bench
