// SPDX-License-Identifier: MIT
#include <variant>

#include "explain.hpp"
#include "json.hpp"
#include "timeline_json.hpp"

namespace tautline::taut {

namespace {

struct Subject {
    JsonObject& object;
    void operator()(const Question& question) const {
        object.add("record", eyeballs::name_for(question.record)).add("host", question.host);
    }
    void operator()(const Contest& contest) const {
        object.add("attempt", static_cast<double>(contest.attempt))
            .add("address", contest.address)
            .add("protocol", eyeballs::name_for(contest.protocol));
    }
};

// Two races may have rows of the same name: the number of the row tells them apart.
std::string draw_row(const Row& row, int id, Duration total) {
    JsonObject object;
    object.add("type", "row").add("id", id).add("name", row.name);
    std::visit(Subject{object}, row.subject);
    object.add("outcome", name_for(row.outcome)).add("note", row.note).add("reason", row.reason);
    std::string lines = object.line() + "\n";
    for (const Stretch& stretch : row.stretches) {
        JsonObject part;
        part.add("type", "stretch").add("id", id).add("row", row.name);
        part.add("stage", name_for(stretch.stage)).add("begin_ms", milliseconds(stretch.begin));
        part.add("end_ms", milliseconds(stretch.end.value_or(total)));
        lines += part.line() + "\n";
    }
    return lines;
}

// In the fields of the `error` that `connect --json` prints.
void add_failure(JsonObject& result, const Error& error) {
    result.add("phase", tautline::name_for(error.phase))
        .add("error", tautline::name_for(error.code))
        .add("message", in_words_of_the_tool(error.message, error.phase))
        .add("endpoint", error.endpoint);
    if (error.refusal) result.add("status", error.refusal->status);
}

}  // namespace

std::string draw_json(const Timeline& timeline) {
    std::string lines;
    int id = 0;
    for (const Row& row : timeline.rows()) lines += draw_row(row, ++id, timeline.total());
    JsonObject result;
    result.add("type", "result").add("url", timeline.url()).add("opened", timeline.opened());
    result.add("total_ms", milliseconds(timeline.total())).add("text", timeline.verdict());
    if (timeline.failure()) add_failure(result, *timeline.failure());
    return lines + result.line() + "\n";
}

}  // namespace tautline::taut
