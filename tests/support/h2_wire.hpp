// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tests/support/exact_copy.hpp>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/h2/connection.hpp>

namespace tautline::test {

/// HTTP/2 frames by hand, to say what no library would say.
///
///     frame(0x6, 0, 0, "12345678")     a PING
struct H2Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
};

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;

inline std::string big_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}

inline std::uint32_t from_big_endian(std::string_view text) {
    std::uint32_t value = 0;
    for (const char c : text) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload = {}) {
    return big_endian(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
           static_cast<char>(flags) + big_endian(stream, 4) + std::string(payload);
}

/// An HPACK integer with a prefix of 7 bits.
inline std::string hpack_integer(std::size_t value) {
    if (value < 127) return std::string(1, static_cast<char>(value));
    std::string text(1, '\x7f');
    for (value -= 127; value >= 128; value /= 128) {
        text += static_cast<char>(value % 128 + 128);
    }
    return text + static_cast<char>(value);
}

using H2Fields = std::vector<std::pair<std::string, std::string>>;

/// Fields as HPACK literals, never indexed, not in Huffman code.
inline std::string hpack(const H2Fields& fields) {
    std::string block;
    for (const auto& [name, value] : fields) {
        block += '\x10' + hpack_integer(name.size()) + name + hpack_integer(value.size()) + value;
    }
    return block;
}

inline std::string headers_frame(std::uint32_t stream, const H2Fields& fields,
                                 std::uint8_t flags = kEndHeaders) {
    return frame(0x1, flags, stream, hpack(fields));
}

inline std::string settings_frame(std::vector<std::pair<std::uint32_t, std::uint32_t>> entries) {
    std::string payload;
    for (const auto& [id, value] : entries) payload += big_endian(id, 2) + big_endian(value, 4);
    return frame(0x4, 0, 0, payload);
}

/// What opens a WebSocket.
inline H2Fields websocket_fields() {
    return {{":method", "CONNECT"}, {":protocol", "websocket"},    {":scheme", "https"},
            {":path", "/chat"},     {":authority", "example.org"}, {"sec-websocket-version", "13"}};
}

/// Cuts bytes into frames; leaves a preface out.
inline std::vector<H2Frame> parse_frames(std::string_view bytes) {
    if (bytes.starts_with(kPreface)) bytes.remove_prefix(kPreface.size());
    std::vector<H2Frame> frames;
    while (bytes.size() >= 9) {
        const std::size_t size = from_big_endian(bytes.substr(0, 3));
        frames.push_back({static_cast<std::uint8_t>(bytes[3]), static_cast<std::uint8_t>(bytes[4]),
                          from_big_endian(bytes.substr(5, 4)), std::string(bytes.substr(9, size))});
        bytes.remove_prefix(std::min(bytes.size(), 9 + size));
    }
    return frames;
}

/// A connection whose peer is the test. Events become lines of a trace; data is joined.
///
///     settings connect · request 1 CONNECT websocket /chat · response 1 200 · data 1 hello
///     end 1 · closed 1 cancel · goaway no_error · over protocol_error
struct H2Endpoint {
    explicit H2Endpoint(h2::Role role, const h2::Options& options = {})
        : connection(role, options) {}

    void receive(std::string_view text) {
        ExactCopy copy(as_bytes(text));
        MutableBytes bytes = copy.bytes();
        while (!bytes.empty()) {
            bytes = bytes.subspan(connection.receive(bytes, now));
            poll();
        }
    }

    void poll() {
        while (auto event = connection.poll_event()) {
            std::visit([this](auto& told) { tell(told); }, *event);
        }
    }

    /// Everything that it wants to send.
    std::string send() {
        std::string text;
        do {
            connection.transmit();
            text += as_text(std::as_const(connection.output()).readable());
            connection.output().clear();
            poll();
            connection.transmit();
        } while (!connection.output().empty());
        return text;
    }
    std::vector<H2Frame> send_frames() { return parse_frames(send()); }

    std::size_t write(h2::StreamId id, std::string_view text) {
        const Bytes piece = as_bytes(text);
        return connection.write(id, {&piece, 1});
    }

    std::size_t write_last(h2::StreamId id, std::string_view text) {
        const Bytes piece = as_bytes(text);
        return connection.write_last(id, {&piece, 1});
    }

    h2::Connection connection;
    Instant now{};
    std::vector<std::string> trace;
    bool consumes = true;  ///< Whether data is consumed as it arrives.

private:
    static std::string number(h2::StreamId id) { return std::to_string(id.value()); }

    void tell(h2::SettingsReceived& event) {
        trace.emplace_back(event.extended_connect ? "settings connect" : "settings");
    }
    void tell(h2::RequestReceived& event) {
        const h2::Request& request = *event.request;
        trace.push_back("request " + number(event.stream) + " " + request.head.method + " " +
                        request.protocol + " " + request.head.target);
    }
    void tell(h2::ResponseReceived& event) {
        trace.push_back("response " + number(event.stream) + " " +
                        std::to_string(event.head->status));
    }
    void tell(h2::ResponseRefused& event) {
        trace.push_back("response " + number(event.stream) + " refused");
    }
    void tell(h2::DataReceived& event) {
        const std::string start = "data " + number(event.stream) + " ";
        if (trace.empty() || !trace.back().starts_with(start)) trace.push_back(start);
        trace.back() += as_text(event.bytes);
        std::ranges::fill(event.bytes, std::byte{0xff});
        if (consumes) connection.consume(event.stream, event.bytes.size());
    }
    void tell(h2::StreamEnded& event) { trace.push_back("end " + number(event.stream)); }
    void tell(h2::StreamClosed& event) {
        trace.push_back("closed " + number(event.stream) + " " +
                        std::string(h2::name_for(event.code)));
    }
    void tell(h2::GoAwayReceived& event) {
        trace.push_back("goaway " + std::string(h2::name_for(event.code)));
    }
    void tell(h2::ConnectionEnded& event) {
        trace.push_back("over " + std::string(h2::name_for(event.code)));
    }
};

/// A server that has had the preface and `settings` of its client, and said its own.
struct H2WireServer : H2Endpoint {
    explicit H2WireServer(const h2::Options& options = {}, const std::string& settings = {})
        : H2Endpoint(h2::Role::server, options) {
        receive(std::string(kPreface) + (settings.empty() ? settings_frame({}) : settings));
        trace.clear();
        greeting = send_frames();
        receive(frame(0x4, 0x1, 0));
    }
    std::vector<H2Frame> greeting;
};

/// A client that has had `settings` of its server, and said its own.
struct H2WireClient : H2Endpoint {
    explicit H2WireClient(const std::string& settings = settings_frame({{0x8, 1}}),
                          const h2::Options& options = {})
        : H2Endpoint(h2::Role::client, options) {
        receive(settings + frame(0x4, 0x1, 0));
        greeting = send_frames();
    }
    std::vector<H2Frame> greeting;
};

/// Carries bytes between two connections until there are none.
inline void exchange(H2Endpoint& left, H2Endpoint& right) {
    for (bool any = true; any;) {
        const std::string one = left.send();
        const std::string other = right.send();
        any = !one.empty() || !other.empty();
        right.receive(one);
        left.receive(other);
        left.poll();
        right.poll();
    }
}

}  // namespace tautline::test
