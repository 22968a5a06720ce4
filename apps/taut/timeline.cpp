// SPDX-License-Identifier: MIT
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "escape.hpp"
#include "explain.hpp"
#include "timeline.hpp"

namespace tautline::taut {

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string_view name_for(Outcome outcome) {
    switch (outcome) {
        case Outcome::running: return "running";
        case Outcome::fine: return "fine";
        case Outcome::won: return "won";
        case Outcome::failed: return "failed";
        case Outcome::given_up: return "given up";
    }
    std::unreachable();
}

std::string_view name_for(Stage stage) {
    switch (stage) {
        case Stage::query: return "DNS";
        case Stage::connect: return "connect";
        case Stage::proxy: return "proxy";
        case Stage::tls: return "TLS";
        case Stage::settings: return "SETTINGS";
        case Stage::session: return "session";
    }
    std::unreachable();
}

// Translates events into rows. Events without a row are left out.
struct Timeline::Collector {
    Timeline& timeline;

    void operator()(const observe::CallStarted& event) const {
        if (timeline.url_.empty()) timeline.url_ = escape_for_terminal(event.url);
    }
    void operator()(const observe::QueryAnswered& event) const {
        const auto found = timeline.queries_.find(event.query.id.value());
        if (found == timeline.queries_.end()) return;
        const bool failed = std::holds_alternative<eyeballs::LookupFailed>(event.answer);
        timeline.end(timeline.rows_[found->second], failed ? Outcome::failed : Outcome::fine,
                     explain(event.answer));
    }
    void operator()(const observe::RaceStep& step) const { std::visit(*this, step.output); }

    void operator()(const eyeballs::SendQuery& query) const {
        timeline.begin_row(
            fmt::format("{} {}", eyeballs::name_for(query.type), escape_for_terminal(query.name)),
            Stage::query);
        timeline.queries_[query.id.value()] = timeline.rows_.size() - 1;
    }
    void operator()(const eyeballs::CancelQuery& query) const {
        const auto found = timeline.queries_.find(query.id.value());
        if (found == timeline.queries_.end()) return;
        timeline.end(timeline.rows_[found->second], Outcome::given_up, "not needed any more");
    }
    void operator()(const eyeballs::StartAttempt& start) const {
        timeline.begin_row(
            fmt::format("{} {}", start.id.value(), escape_for_terminal(start.endpoint.to_string())),
            Stage::connect);
        timeline.attempts_[start.id.value()] = timeline.rows_.size() - 1;
    }
    void operator()(const eyeballs::EstablishSession& session) const {
        Row* row = timeline.attempt(session.id);
        if (row == nullptr) return;
        timeline.begin(*row, Stage::session);
        timeline.asking_ = timeline.attempts_.at(session.id.value());
    }
    void operator()(const eyeballs::CancelAttempt& cancelled) const {
        Row* row = timeline.attempt(cancelled.id);
        if (row != nullptr && row->outcome == Outcome::running) {
            timeline.end(*row, Outcome::given_up, row->note);
        }
    }
    void operator()(const eyeballs::RememberHttp1Only&) const {}
    void operator()(const eyeballs::Succeeded& winner) const {
        if (Row* row = timeline.attempt(winner.id)) timeline.end(*row, Outcome::won, row->note);
    }
    void operator()(const eyeballs::Failed& failed) const {
        for (const auto& report : failed.attempts) {
            if (Row* row = timeline.attempt(report.id)) end(*row, report, why(failed, report));
        }
    }
    // Only the end of the race says why an attempt was given up.
    void end(Row& row, const eyeballs::AttemptReport& report, const std::string& why) const {
        timeline.end(row, Outcome::failed, why);
        if (row.outcome != Outcome::given_up || why.empty()) return;
        if (report.end != eyeballs::AttemptEnd::cancelled) row.outcome = Outcome::failed;
        row.note += (row.note.empty() ? "" : ", ") + why;
    }
    static std::string why(const eyeballs::Failed& failed, const eyeballs::AttemptReport& report) {
        const bool cancelled = report.end == eyeballs::AttemptEnd::cancelled;
        if (cancelled && failed.reason != eyeballs::FailureReason::abandoned) return {};
        const std::string text(cancelled ? "no answer in time" : eyeballs::name_for(report.end));
        const Error& error = report.error;
        if (error.code == TransportError::handshake_timeout) {
            const bool in_settings = report.phase == eyeballs::AttemptPhase::settings;
            return fmt::format("{} (phase {})", text,
                               in_settings ? name_for(Stage::settings) : name_for(error.phase));
        }
        if (!error.code) return text;
        return escape_for_terminal(text + ": " + error.code.message());
    }

    void operator()(const observe::ConnectEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row != nullptr && event.error) {
            timeline.end(*row, Outcome::failed, event.error.message());
        }
    }
    void operator()(const observe::ProxyStarted& event) const {
        if (Row* row = timeline.attempt(event.attempt)) timeline.begin(*row, Stage::proxy);
    }
    void operator()(const observe::ProxyEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr || event.error == nullptr) return;
        timeline.end(*row, Outcome::failed, escape_for_terminal(event.error->message));
    }
    void operator()(const observe::TlsStarted& event) const {
        if (Row* row = timeline.attempt(event.attempt)) timeline.begin(*row, Stage::tls);
    }
    void operator()(const observe::TlsEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        if (event.info == nullptr) {
            timeline.end(*row, Outcome::failed, escape_for_terminal(event.error->code.message()));
            return;
        }
        row->note = event.info->tls_version;
        if (!event.info->alpn.empty()) row->note += ", " + event.info->alpn;
        if (event.info->alpn == "h2") timeline.begin(*row, Stage::settings);
    }
    void operator()(const observe::SettingsReceived& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        timeline.end_stretch(*row);
        if (!event.extended_connect) row->note += ", no WebSockets";
    }
    void operator()(const observe::ResponseReceived& event) const {
        if (!timeline.asking_) return;
        std::string& note = timeline.rows_[*timeline.asking_].note;
        note += fmt::format("{}status {}", note.empty() ? "" : ", ", event.response.status);
    }
    void operator()(const observe::Opened& event) const {
        timeline.opened_ = true;
        timeline.total_ = timeline.now_;
        timeline.verdict_ = fmt::format(
            "open{}{}{}", event.subprotocol.empty() ? "" : ", subprotocol ",
            escape_for_terminal(event.subprotocol), event.compressed ? ", compressed" : "");
    }
    void operator()(const observe::CallFailed& event) const {
        timeline.total_ = timeline.now_;
        // The rows show what was tried.
        const std::string why = explain(event.error);
        timeline.verdict_ = why.substr(0, why.find(" Tried: "));
    }
    void operator()(const auto&) const {}
};

void Timeline::observe(const observe::Event& event, Instant now) {
    if (!began_) began_ = now;
    now_ = now - *began_;
    if (opened_) return;
    std::visit(Collector{*this}, event);
}

Row& Timeline::begin_row(std::string name, Stage stage) {
    Row& row = rows_.emplace_back(Row{.name = std::move(name), .stretches = {}, .note = {}});
    begin(row, stage);
    return row;
}

Row* Timeline::attempt(eyeballs::AttemptId id) {
    const auto found = attempts_.find(id.value());
    return found == attempts_.end() ? nullptr : &rows_[found->second];
}

void Timeline::begin(Row& row, Stage stage) {
    if (!row.stretches.empty()) end_stretch(row);
    row.stretches.push_back({stage, now_});
}

void Timeline::end_stretch(Row& row) const {
    if (!row.stretches.back().end) row.stretches.back().end = now_;
}

// The first reason counts: later ones follow from it.
void Timeline::end(Row& row, Outcome outcome, std::string note) {
    if (row.outcome != Outcome::running) return;
    end_stretch(row);
    row.outcome = outcome;
    row.note = std::move(note);
}

}  // namespace tautline::taut
