// SPDX-License-Identifier: MIT
#include <array>
#include <utility>

#include <fmt/format.h>

#include <tautline/base/error.hpp>
#include <tautline/base/parse_number.hpp>

#include "command.hpp"
#include "escape.hpp"
#include "values.hpp"

namespace tautline::taut {

constexpr std::string_view kCommandHelp =
    "  text             sends it; //text sends text that begins with a slash\n"
    "                   What is pasted is one message; ^M shows where its lines end\n"
    "  /bin HEX         sends bytes, e.g. /bin 00 ff 7a\n"
    "  /file PATH       sends a file as one binary message\n"
    "  /ping [TEXT]     sends a Ping and shows the round-trip time\n"
    "  /pong [TEXT]     sends a Pong that nobody asked for\n"
    "  /close [CODE [REASON]]   does the closing handshake; Ctrl-D does it too\n"
    "  /headers         shows what the server answered\n"
    "  /stats           shows counts and round-trip times";

namespace {

using Result = std::expected<Command, std::string>;

constexpr std::size_t kControlBytes = 125;

struct Words {
    std::string_view first;
    std::string_view rest;
};

Words split_word(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return {text, {}};
    const auto rest = text.find_first_not_of(' ', blank);
    return {text.substr(0, blank), rest == std::string_view::npos ? "" : text.substr(rest)};
}

Result parse_binary(std::string_view text) {
    auto bytes = parse_hex(text);
    if (!bytes) return std::unexpected("/bin takes pairs of hexadecimal digits: /bin 00 ff 7a");
    return SendBinary{std::move(*bytes)};
}

Result parse_file(std::string_view text) {
    if (text.empty()) return std::unexpected("/file takes the path of a file");
    return SendFile{std::string(text)};
}

template <typename Control>
Result parse_control(std::string_view text) {
    if (text.size() > kControlBytes) {
        return std::unexpected("the payload of a Ping or Pong is at most 125 bytes");
    }
    return Control{std::string(text)};
}

Result parse_close(std::string_view text) {
    const auto [code_text, reason] = split_word(text);
    CloseNow close{.code = CloseCode::normal, .reason = std::string(reason)};
    if (!code_text.empty()) {
        const auto code = parse_number<std::uint16_t>(code_text);
        if (!code) {
            return std::unexpected("/close takes a code and a reason: /close 1000 bye");
        }
        close.code = static_cast<CloseCode>(*code);
    }
    if (!may_travel(close.code)) {
        return std::unexpected(fmt::format("this close code may not be sent; {} may", kCloseCodes));
    }
    if (!check_close(close.code, close.reason))
        return std::unexpected("a close reason is at most 123 bytes of UTF-8");
    return close;
}

Result parse_headers(std::string_view) { return ShowHeaders{}; }
Result parse_stats(std::string_view) { return ShowStats{}; }
Result parse_help(std::string_view) { return ShowHelp{}; }

constexpr std::array<std::pair<std::string_view, Result (*)(std::string_view)>, 8> kCommands = {{
    {"/bin", parse_binary},
    {"/file", parse_file},
    {"/ping", parse_control<SendPing>},
    {"/pong", parse_control<SendPong>},
    {"/close", parse_close},
    {"/headers", parse_headers},
    {"/stats", parse_stats},
    {"/help", parse_help},
}};

}  // namespace

std::expected<Command, std::string> parse_command(std::string_view line) {
    if (line.starts_with("//")) return SendText{std::string(line.substr(1))};
    if (!line.starts_with('/')) return SendText{std::string(line)};
    const auto [name, rest] = split_word(line);
    for (const auto& [known, parse] : kCommands) {
        if (name == known) return parse(rest);
    }
    return std::unexpected(
        fmt::format("there is no command {}; /help shows them, and //text sends "
                    "a text that begins with a slash",
                    escape_for_terminal(name)));
}

}  // namespace tautline::taut
