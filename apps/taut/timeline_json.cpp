// SPDX-License-Identifier: MIT
#include "json.hpp"
#include "timeline_json.hpp"

namespace tautline::taut {

namespace {

std::string draw_row(const Row& row, Duration total) {
    JsonObject object;
    object.add("type", "row").add("name", row.name).add("outcome", name_for(row.outcome));
    std::string lines = object.add("note", row.note).line() + "\n";
    for (const Stretch& stretch : row.stretches) {
        JsonObject part;
        part.add("type", "stretch").add("row", row.name).add("stage", name_for(stretch.stage));
        part.add("begin_ms", milliseconds(stretch.begin));
        part.add("end_ms", milliseconds(stretch.end.value_or(total)));
        lines += part.line() + "\n";
    }
    return lines;
}

}  // namespace

std::string draw_json(const Timeline& timeline) {
    std::string lines;
    for (const Row& row : timeline.rows()) lines += draw_row(row, timeline.total());
    JsonObject result;
    result.add("type", "result").add("url", timeline.url()).add("opened", timeline.opened());
    result.add("total_ms", milliseconds(timeline.total())).add("text", timeline.verdict());
    return lines + result.line() + "\n";
}

}  // namespace tautline::taut
