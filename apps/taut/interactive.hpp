// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/proto/http/field_list.hpp>

#include "line_editor.hpp"
#include "output.hpp"

namespace tautline::taut {

/// Counts of one conversation, for `/stats`.
struct Statistics {
    std::uint64_t sent = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t received = 0;
    std::uint64_t received_bytes = 0;
    std::optional<Duration> last_round_trip;
    std::optional<Duration> best_round_trip;

    void add_round_trip(Duration round_trip);
};

/// The terminal for a person: received messages appear above the line being typed.
///
///     > hello
///     < hello  [0.31 ms]
///
/// Nothing of the peer reaches the terminal raw, and long payloads are cut.
class Interactive final : public Output {
public:
    struct Options {
        bool colour = true;
        std::string history_file;  ///< Empty: none.
    };
    Interactive(Options options, LineEditor::OnLine on_line, LineEditor::OnEnd on_end);

    void show_open(const OpenInfo& info, std::string_view url) override;
    bool show_message(MessageView message, std::optional<Duration> round_trip) override;
    bool show_ping(Bytes) override { return true; }
    bool show_pong(Bytes payload, std::optional<Duration> round_trip) override;
    void show_closed(const Closed& closed) override;
    [[nodiscard]] bool tells_every_end() const override { return true; }
    void show_error(const Error& error, Credentials credentials) override;
    void tell(std::string_view line) override;

    void show_headers(const http::FieldList& fields);
    void show_statistics(const Statistics& statistics, std::size_t buffered_bytes);

    [[nodiscard]] LineEditor& editor() { return editor_; }

private:
    [[nodiscard]] std::string coloured(std::string_view colour, std::string_view text) const;

    bool colour_;
    LineEditor editor_;
};

/// Whether to use colours on the terminal: NO_COLOR is not set and the terminal is not dumb.
[[nodiscard]] bool wants_colour();

/// ~/.taut_history, or nothing when there is no home.
[[nodiscard]] std::string default_history_file();

}  // namespace tautline::taut
