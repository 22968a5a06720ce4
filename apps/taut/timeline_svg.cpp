// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "timeline_svg.hpp"

namespace tautline::taut {

namespace {

constexpr int kWidth = 1080;
constexpr int kBarBegin = 330;
constexpr int kBarWidth = 400;
constexpr int kRowHeight = 26;
constexpr int kHead = 64;
constexpr int kFoot = 70;

// CSS classes, in the order of `Stage`.
constexpr std::array<std::string_view, 6> kClasses = {"dns", "tcp", "via", "tls", "set", "ses"};

constexpr std::string_view kStyle =
    "<style>text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1f2933}.m{font-family:"
    "ui-monospace,monospace;font-size:12px}.t{font-size:16px;font-weight:600}.q{fill:#64748b}"
    ".won{fill:#15803d;font-weight:600}.failed{fill:#b91c1c}.bg{fill:#fff}.grid{stroke:#e2e8f0}"
    ".dns{fill:#94a3b8}.tcp{fill:#60a5fa}.via{fill:#c084fc}.tls{fill:#f59e0b}.set{fill:#2dd4bf}"
    ".ses{fill:#22c55e}.off{opacity:.45}@media(prefers-color-scheme:dark){text{fill:#e2e8f0}"
    ".bg{fill:#0f172a}.grid{stroke:#334155}.won{fill:#4ade80}.failed{fill:#f87171}"
    ".q{fill:#94a3b8}}</style>\n";

std::string escape_xml(std::string_view text) {
    std::string escaped;
    for (const char byte : text) {
        switch (byte) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            default: escaped += byte;
        }
    }
    return escaped;
}

std::string_view class_for(Stage stage) { return kClasses.at(static_cast<std::size_t>(stage)); }

std::string text_at(int x, int y, std::string_view style, std::string_view text) {
    return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", x, y, style,
                       escape_xml(text));
}

double place(Duration time, Duration total) {
    const double share = total.count() > 0 ? milliseconds(time) / milliseconds(total) : 0;
    return kBarBegin + kBarWidth * std::min(share, 1.0);
}

std::string draw_row(const Row& row, Duration total, int y) {
    std::string svg = text_at(24, y + 17, "m", row.name);
    const bool lost = row.outcome == Outcome::failed || row.outcome == Outcome::given_up;
    for (const Stretch& stretch : row.stretches) {
        const double begin = place(stretch.begin, total);
        const double width = std::max(place(stretch.end.value_or(total), total) - begin, 2.0);
        svg += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"14\" rx=\"3\" "
            "class=\"{}{}\"><title>{} {:.1f} ms</title></rect>\n",
            begin, y + 6, width, class_for(stretch.stage), lost ? " off" : "",
            name_for(stretch.stage), milliseconds(stretch.end.value_or(total) - stretch.begin));
    }
    const Duration time = row.stretches.back().end.value_or(total) - row.stretches.front().begin;
    const std::string note = fmt::format("{:.1f} ms  {}", milliseconds(time), row.summary());
    const std::string_view style = row.outcome == Outcome::won      ? "won"
                                   : row.outcome == Outcome::failed ? "failed"
                                                                    : "q";
    return svg + text_at(kBarBegin + kBarWidth + 16, y + 17, style, note);
}

// Bars begin and end where they always do; only the words beside them may need more room.
int width_for(const Timeline& timeline) {
    constexpr std::size_t kTimeBytes = 14;
    constexpr int kCharacterWidth = 7;
    std::size_t longest = 0;
    for (const Row& row : timeline.rows()) longest = std::max(longest, row.summary().size());
    return std::max(kWidth, kBarBegin + kBarWidth + 24 +
                                kCharacterWidth * static_cast<int>(longest + kTimeBytes));
}

std::string draw_grid(Duration total, int bottom) {
    std::string svg;
    for (int i = 0; i <= 4; ++i) {
        const int x = kBarBegin + kBarWidth * i / 4;
        svg += fmt::format("<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" class=\"grid\"/>\n",
                           x, kHead - 8, bottom);
        svg += text_at(x - 12, bottom + 18, "q",
                       fmt::format("{:.0f} ms", milliseconds(total) * i / 4));
    }
    return svg;
}

std::string draw_legend(int y) {
    std::string svg;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
        const int x = kBarBegin + 84 * static_cast<int>(i);
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" rx=\"2\" class=\"{}\"/>\n", x, y,
            kClasses.at(i));
        svg += text_at(x + 18, y + 11, "q", name_for(static_cast<Stage>(i)));
    }
    return svg;
}

}  // namespace

std::string draw_svg(const Timeline& timeline) {
    const int rows = static_cast<int>(timeline.rows().size());
    const int bottom = kHead + rows * kRowHeight;
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\">\n{}"
        "<rect width=\"100%\" height=\"100%\" class=\"bg\"/>\n",
        width_for(timeline), bottom + kFoot, kStyle);
    svg += text_at(24, 32, "t", timeline.url());
    svg += draw_grid(timeline.total(), bottom);
    for (int i = 0; i < rows; ++i) {
        svg += draw_row(timeline.rows()[static_cast<std::size_t>(i)], timeline.total(),
                        kHead + i * kRowHeight);
    }
    svg += text_at(24, bottom + 50, timeline.opened() ? "won" : "failed", timeline.headline());
    return svg + draw_legend(bottom + 40) + "</svg>\n";
}

}  // namespace tautline::taut
