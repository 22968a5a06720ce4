// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tautline/proto/websocket/close_code.hpp>

namespace tautline::taut {

// What a person can ask for on the input line of `taut connect`.

struct SendText {
    std::string text;
};
struct SendBinary {
    std::vector<std::byte> bytes;
};
struct SendFile {
    std::string path;
};
struct SendPing {
    std::string payload;
};
struct SendPong {
    std::string payload;
};
struct CloseNow {
    CloseCode code = CloseCode::normal;
    std::string reason;
};
struct ShowHeaders {};
struct ShowStats {};
struct ShowHelp {};

using Command = std::variant<SendText, SendBinary, SendFile, SendPing, SendPong, CloseNow,
                             ShowHeaders, ShowStats, ShowHelp>;

/// Reads an input line. What begins with '/' is a command, with "//" a text that begins with '/'.
/// Fails with a sentence for the person.
[[nodiscard]] std::expected<Command, std::string> parse_command(std::string_view line);

/// What `/help` shows.
extern const std::string_view kCommandHelp;

}  // namespace tautline::taut
