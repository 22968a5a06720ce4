// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/proto/websocket/event.hpp>

namespace tautline::test {

/// An event as a line of a trace, which owns what it shows:
///
///     text "hello" · binary 00ff · part+ text "a" · part$ text "b" · ping "p" · pong "p" +5ms
///     closing 1000 peer · closed 1000 "bye" clean peer · closed 1002 "unknown opcode"
///     opcode_unknown
///
/// `+` marks the first part of a message and `$` its last.
class Describe {
public:
    std::string operator()(const websocket::MessageReceived& event) const {
        return payload(event.type, event.payload);
    }
    std::string operator()(const websocket::PartReceived& event) const {
        return std::string("part") + (event.first ? "+" : "") + (event.last ? "$" : "") + " " +
               payload(event.type, event.payload);
    }
    std::string operator()(const websocket::PingReceived& event) const {
        return "ping " + quoted(as_text(event.payload));
    }
    std::string operator()(const websocket::PongReceived& event) const {
        std::string line = "pong " + quoted(as_text(event.payload));
        if (event.round_trip)
            line += " +" + std::to_string(event.round_trip->count() / 1000000) + "ms";
        return line;
    }
    std::string operator()(const websocket::ClosingStarted& event) const {
        return "closing " + number(event.code) + (event.by_peer ? " peer" : "");
    }
    std::string operator()(const Closed& event) const {
        return "closed " + number(event.code) + " " + quoted(event.reason) +
               (event.clean ? " clean" : "") + (event.by_peer ? " peer" : "") +
               (event.error ? " " + error_name(event.error) : "");
    }

    static std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

private:
    static std::string error_name(const std::error_code& error) {
        if (error.category() != peer_category()) return name_for(error);
        return std::string(name_for(static_cast<PeerError>(error.value())));
    }

    static std::string number(CloseCode code) { return std::to_string(static_cast<int>(code)); }

    static std::string payload(MessageType type, Bytes bytes) {
        if (type == MessageType::text) return "text " + quoted(as_text(bytes));
        std::string hex = "binary ";
        for (const std::byte byte : bytes) {
            constexpr std::string_view digits = "0123456789abcdef";
            hex += digits[std::to_integer<unsigned>(byte) >> 4];
            hex += digits[std::to_integer<unsigned>(byte) & 0xf];
        }
        return hex;
    }
};

inline std::string describe(const websocket::Event& event) { return std::visit(Describe(), event); }

}  // namespace tautline::test
