// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "interactive.hpp"
#include "timeline_text.hpp"

namespace tautline::taut {

namespace {

constexpr std::size_t kWidestName = 40;
constexpr std::size_t kNarrowestBar = 24;
constexpr std::size_t kTimeWidth = 11;
constexpr std::size_t kDefaultColumns = 100;

struct Mark {
    Stage stage;
    std::string_view unicode;
    std::string_view ascii;
};
constexpr std::array<Mark, 6> kMarks = {{{Stage::query, "·", "."},
                                         {Stage::connect, "─", "-"},
                                         {Stage::proxy, "╌", "~"},
                                         {Stage::tls, "━", "="},
                                         {Stage::settings, "░", ":"},
                                         {Stage::session, "█", "#"}}};

std::string_view mark_for(Stage stage, bool unicode) {
    const Mark& mark = kMarks.at(static_cast<std::size_t>(stage));
    return unicode ? mark.unicode : mark.ascii;
}

std::string_view colour_for(Outcome outcome) {
    switch (outcome) {
        case Outcome::won: return "\x1b[32m";
        case Outcome::failed: return "\x1b[31m";
        case Outcome::given_up: return "\x1b[2m";
        case Outcome::fine:
        case Outcome::running: return "";
    }
    return "";
}

struct Columns {
    std::size_t name = 0;
    std::size_t bar = 0;
};

Columns columns_for(const Timeline& timeline, const TextStyle& style) {
    Columns columns;
    std::size_t note = 0;
    for (const Row& row : timeline.rows()) {
        columns.name = std::max(columns.name, std::min(row.name.size(), kWidestName));
        note = std::max(note, row.summary().size());
    }
    const std::size_t fixed = columns.name + kTimeWidth + 4;
    const std::size_t room = style.columns > fixed ? style.columns - fixed : 0;
    columns.bar = std::max(kNarrowestBar, room > note ? room - note : std::size_t{0});
    return columns;
}

// One mark at least for everything that happened, so that nothing is hidden by the scale.
std::string draw_bar(const Row& row, Duration total, std::size_t width, bool unicode) {
    const auto place = [&](Duration time) {
        const double share = total.count() > 0 ? milliseconds(time) / milliseconds(total) : 0;
        return std::min(width - 1, static_cast<std::size_t>(share * static_cast<double>(width)));
    };
    std::vector<std::string_view> cells(width, " ");
    for (const Stretch& stretch : row.stretches) {
        const std::size_t end = place(stretch.end.value_or(total));
        for (std::size_t i = place(stretch.begin); i <= end; ++i) {
            cells[i] = mark_for(stretch.stage, unicode);
        }
    }
    return fmt::format("{}", fmt::join(cells, ""));
}

std::string draw_row(const Row& row, Duration total, Columns columns, const TextStyle& style) {
    const Duration begin = row.stretches.front().begin;
    const Duration end = row.stretches.back().end.value_or(total);
    const std::string_view colour = style.colour ? colour_for(row.outcome) : "";
    return fmt::format("{}{:<{}}  {} {:>8.1f} ms  {}{}\n", colour,
                       std::string_view(row.name).substr(0, kWidestName), columns.name,
                       draw_bar(row, total, columns.bar, style.unicode), milliseconds(end - begin),
                       row.summary(), colour.empty() ? "" : "\x1b[0m");
}

bool shows(const Timeline& timeline, Stage stage) {
    return std::ranges::any_of(timeline.rows(), [stage](const Row& row) {
        return std::ranges::find(row.stretches, stage, &Stretch::stage) != row.stretches.end();
    });
}

std::string draw_legend(const Timeline& timeline, const TextStyle& style) {
    std::string legend;
    for (const Mark& mark : kMarks) {
        if (!shows(timeline, mark.stage)) continue;
        legend += fmt::format("{}{} {}", legend.empty() ? "" : "   ",
                              mark_for(mark.stage, style.unicode), name_for(mark.stage));
    }
    return legend.empty() ? legend : "\n" + legend + "\n";
}

}  // namespace

TextStyle text_style() {
    winsize size{};
    const bool terminal = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    // The locale says what the terminal can show; nothing else here depends on it.
    std::setlocale(LC_CTYPE, "");
    return {.columns = terminal ? size.ws_col : kDefaultColumns,
            .unicode = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0,
            .colour = terminal && wants_colour()};
}

std::string draw_text(const Timeline& timeline, const TextStyle& style) {
    const Columns columns = columns_for(timeline, style);
    std::string text;
    for (const Row& row : timeline.rows()) {
        text += draw_row(row, timeline.total(), columns, style);
    }
    text += draw_legend(timeline, style);
    // What to do about it stands in lines of its own below.
    const std::string_view verdict = timeline.verdict();
    const auto below = verdict.substr(std::min(verdict.find('\n'), verdict.size()));
    return text + fmt::format("\n{}{}\n", timeline.headline(), below);
}

}  // namespace tautline::taut
