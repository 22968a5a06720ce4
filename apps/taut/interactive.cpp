// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "escape.hpp"
#include "explain.hpp"
#include "interactive.hpp"

namespace tautline::taut {

namespace {

constexpr std::size_t kShownTextBytes = 4096;

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string shown_text(std::string_view text) {
    const auto shown = cut(text, kShownTextBytes);
    auto out = escape_for_terminal(shown, LineFeeds::indented);
    if (shown.size() < text.size()) {
        out += fmt::format(" … [{} bytes, the first {} shown]", text.size(), shown.size());
    }
    return out;
}

std::string shown_payload(Bytes payload) {
    return payload.empty() ? "" : " " + escape_for_terminal(as_text(payload));
}

}  // namespace

void Statistics::add_round_trip(Duration round_trip) {
    last_round_trip = round_trip;
    best_round_trip = std::min(round_trip, best_round_trip.value_or(round_trip));
}

bool wants_colour() {
    const char* refused = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return (refused == nullptr || *refused == '\0') && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

std::string default_history_file() {
    const char* home = std::getenv("HOME");
    return home == nullptr || *home == '\0' ? "" : fmt::format("{}/.taut_history", home);
}

Interactive::Interactive(Options options, LineEditor::OnLine on_line, LineEditor::OnEnd on_end)
    : colour_(options.colour),
      editor_({.prompt = "> ",
               .colour = options.colour ? std::string(kCyan) : "",
               .history_file = std::move(options.history_file)},
              std::move(on_line), std::move(on_end)) {}

std::string Interactive::coloured(std::string_view colour, std::string_view text) const {
    return colour_ ? fmt::format("{}{}{}", colour, text, kPlain) : std::string(text);
}

void Interactive::show_open(const OpenInfo& info, std::string_view url) {
    auto line = fmt::format("connected to {}", escape_for_terminal(url));
    if (!info.subprotocol.empty()) {
        line += fmt::format(", subprotocol {}", escape_for_terminal(info.subprotocol));
    }
    if (info.stream.secure) line += fmt::format(", {}", info.stream.tls_version);
    if (info.compression) line += ", compressed";
    tell(line + ". /help shows what can be typed.");
}

bool Interactive::show_message(MessageView message, std::optional<Duration> round_trip) {
    auto line = coloured(kGreen, "< ");
    line += message.is_text() ? shown_text(message.text()) : shown_binary(message.bytes);
    if (round_trip) line += coloured(kFaint, fmt::format("  [{}]", to_milliseconds(*round_trip)));
    editor_.print(line + "\n");
    return true;
}

bool Interactive::show_pong(Bytes payload, std::optional<Duration> round_trip) {
    if (!round_trip) return true;
    tell(fmt::format("pong{} after {}", shown_payload(payload), to_milliseconds(*round_trip)));
    return true;
}

void Interactive::show_closed(const Closed& closed) { tell(explain(closed)); }

void Interactive::show_error(const Error& error, Credentials credentials) {
    editor_.print(coloured(kRed, "taut: " + explain(error, credentials)) + "\n");
}

void Interactive::tell(std::string_view line) { editor_.print(coloured(kFaint, line) + "\n"); }

void Interactive::show_headers(const http::FieldList& fields) {
    std::string lines;
    for (const auto& [name, value] : fields) {
        lines += fmt::format("  {}: {}\n", escape_for_terminal(name), escape_for_terminal(value));
    }
    editor_.print(lines);
}

void Interactive::show_statistics(const Statistics& statistics, std::size_t buffered_bytes) {
    auto lines = fmt::format(
        "  sent      {:>8} messages {:>12} bytes, {} waiting\n"
        "  received  {:>8} messages {:>12} bytes\n",
        statistics.sent, statistics.sent_bytes, buffered_bytes, statistics.received,
        statistics.received_bytes);
    if (statistics.last_round_trip) {
        lines +=
            fmt::format("  round trip {}, best {}\n", to_milliseconds(*statistics.last_round_trip),
                        to_milliseconds(*statistics.best_round_trip));
    }
    editor_.print(lines);
}

}  // namespace tautline::taut
