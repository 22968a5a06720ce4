// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "escape.hpp"
#include "explain.hpp"
#include "standing.hpp"
#include "timeline.hpp"

namespace tautline::taut {

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

namespace {

constexpr eyeballs::AttemptId kNoRace{};
constexpr std::string_view kNoWebSockets = "no WebSockets over HTTP/2";

void add_note(Row& row, std::string_view note) {
    row.note.append(row.note.empty() ? "" : ", ").append(note);
}

// What an attempt waits for, by what it does or did last.
std::string_view standing_of(const Row& row) {
    const Stretch& last = row.stretches.back();
    if (last.end) return kNotAsked;
    switch (last.stage) {
        case Stage::query: return kNoAnswer;
        case Stage::connect: return kNoConnection;
        case Stage::proxy: return kNoTunnel;
        case Stage::tls: return kNoTls;
        case Stage::settings: return kNoSettings;
        case Stage::session: return kNoAnswer;
    }
    std::unreachable();
}

// What there is to do about it is told below the drawing.
std::string_view first_sentence(std::string_view text) {
    return text.substr(0, std::min(text.find(". "), text.find("? ")));
}

}  // namespace

std::string Row::summary() const {
    if (outcome == Outcome::fine) return note;
    std::string_view why = first_sentence(reason);
    if (why.ends_with('.')) why.remove_suffix(1);
    const std::string_view known = note;
    if (why.empty() || known.empty()) {
        const auto text = why.empty() ? known : why;
        return fmt::format("{}{}{}", name_for(outcome), text.empty() ? "" : ": ", text);
    }
    return fmt::format("{}: {} ({})", name_for(outcome), why, known);
}

// Translates events into rows. Events without a row are left out.
struct Timeline::Collector {
    Timeline& timeline;

    void operator()(const observe::CallStarted& event) const {
        if (timeline.url_.empty()) timeline.url_ = escape_for_terminal(event.url);
    }
    void operator()(const observe::QueryAnswered& event) const {
        Row* row = timeline.query(event.query.id);
        if (row == nullptr) return;
        const bool failed = std::holds_alternative<eyeballs::LookupFailed>(event.answer);
        const auto answer = explain(event.answer);
        if (!failed) add_note(*row, answer);
        timeline.end(*row, failed ? Outcome::failed : Outcome::fine, failed ? answer : "");
    }
    void operator()(const observe::RaceStep& step) const { std::visit(*this, step.output); }

    void operator()(const eyeballs::SendQuery& query) const {
        const auto host = escape_for_terminal(query.name);
        timeline.begin_row({.name = fmt::format("{} {}", eyeballs::name_for(query.type), host),
                            .subject = Question{query.type, host}},
                           Stage::query);
        timeline.queries_[query.id.value()] = timeline.rows_.size() - 1;
    }
    void operator()(const eyeballs::CancelQuery& cancelled) const {
        Row* row = timeline.query(cancelled.id);
        if (row != nullptr) timeline.end(*row, Outcome::given_up, std::string(kNoAnswer));
    }
    void operator()(const eyeballs::StartAttempt& start) const {
        const auto& endpoint = start.endpoint;
        const auto id = start.id.value();
        timeline.begin_row(
            {.name = fmt::format("{} {}", id, escape_for_terminal(endpoint.to_string())),
             .subject = Contest{id, escape_for_terminal(eyeballs::to_string(endpoint.target)),
                                endpoint.protocol}},
            Stage::connect);
        timeline.attempts_[id] = timeline.rows_.size() - 1;
    }
    void operator()(const eyeballs::EstablishSession& session) const {
        if (Row* row = timeline.attempt(session.id)) timeline.begin(*row, Stage::session);
    }
    void operator()(const eyeballs::CancelAttempt& cancelled) const {
        Row* row = timeline.attempt(cancelled.id);
        if (row == nullptr || row->outcome != Outcome::running) return;
        auto why = row->reason.empty() ? std::string(standing_of(*row)) : row->reason;
        timeline.end(*row, Outcome::given_up, std::move(why));
    }
    void operator()(const eyeballs::RememberHttp1Only&) const {}
    void operator()(const eyeballs::Succeeded& winner) const {
        if (Row* row = timeline.attempt(winner.id)) timeline.end(*row, Outcome::won, {});
    }
    void operator()(const eyeballs::Failed& failed) const {
        for (const auto& report : failed.attempts) {
            if (Row* row = timeline.attempt(report.id)) end(*row, report, why(failed, report));
        }
        for (const auto& query : failed.queries) {
            if (!query.error.code) time_out(query);
        }
    }
    void time_out(const eyeballs::QueryReport& query) const {
        const Question wanted{query.type, escape_for_terminal(query.name)};
        // Of this race: an earlier one may have asked the same, and did not need it.
        for (const auto& [id, at] : timeline.queries_) {
            Row& row = timeline.rows_[at];
            const auto* question = std::get_if<Question>(&row.subject);
            if (row.outcome != Outcome::given_up || !question || *question != wanted) continue;
            row.outcome = Outcome::failed;
            row.reason = "no answer in time";
        }
    }
    // The end of the race says more of an attempt that was given up: that its time was over.
    void end(Row& row, const eyeballs::AttemptReport& report, const std::string& why) const {
        timeline.end(row, Outcome::failed, why);
        if (row.outcome != Outcome::given_up || why.empty()) return;
        const bool cancelled = report.end == eyeballs::AttemptEnd::cancelled;
        if (!cancelled) row.outcome = Outcome::failed;
        row.reason = row.reason == kNoWebSockets ? why + ": " + row.reason : why;
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
        return error.code ? text + ": " + words_of(error) : text;
    }

    // A Unix socket has no race that would begin its row.
    void operator()(const observe::ConnectStarted& event) const {
        if (event.attempt != kNoRace) return;
        const auto address = escape_for_terminal(event.address);
        timeline.begin_row(
            {.name = address,
             .subject = Contest{kNoRace.value(), address, eyeballs::Protocol::http1}},
            Stage::connect);
        timeline.attempts_[kNoRace.value()] = timeline.rows_.size() - 1;
    }
    void operator()(const observe::ConnectEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        if (!event.error) return timeline.end_stretch(*row);
        timeline.end(*row, Outcome::failed, event.error.message());
    }
    void operator()(const observe::ProxyStarted& event) const {
        if (Row* row = timeline.attempt(event.attempt)) timeline.begin(*row, Stage::proxy);
    }
    void operator()(const observe::ProxyEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        if (event.error == nullptr) return timeline.end_stretch(*row);
        timeline.end(*row, Outcome::failed, words_of(*event.error));
    }
    void operator()(const observe::TlsStarted& event) const {
        if (Row* row = timeline.attempt(event.attempt)) timeline.begin(*row, Stage::tls);
    }
    void operator()(const observe::TlsEnded& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        if (event.info == nullptr) {
            return timeline.end(*row, Outcome::failed, words_of(*event.error));
        }
        timeline.end_stretch(*row);
        add_note(*row, event.info->tls_version);
        if (!event.info->alpn.empty()) add_note(*row, event.info->alpn);
        if (event.info->alpn == "h2") timeline.begin(*row, Stage::settings);
    }
    void operator()(const observe::SettingsReceived& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row == nullptr) return;
        timeline.end_stretch(*row);
        if (!event.extended_connect) row->reason = kNoWebSockets;
    }
    void operator()(const observe::AttemptFailed& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row != nullptr) timeline.end(*row, Outcome::failed, words_of(event.error));
    }
    void operator()(const observe::RequestSent& event) const {
        timeline.credentials_ = credentials_in(event.request);
        Row* row = event.attempt == kNoRace ? timeline.attempt(kNoRace) : nullptr;
        if (row != nullptr && row->outcome == Outcome::running)
            timeline.begin(*row, Stage::session);
    }
    void operator()(const observe::ResponseReceived& event) const {
        Row* row = timeline.attempt(event.attempt);
        if (row != nullptr) add_note(*row, fmt::format("status {}", event.response.status));
    }
    void operator()(const observe::Opened& event) const {
        if (Row* row = timeline.attempt(kNoRace)) timeline.end(*row, Outcome::won, {});
        timeline.opened_ = true;
        timeline.total_ = timeline.now_;
        timeline.verdict_ = fmt::format(
            "open{}{}{}", event.subprotocol.empty() ? "" : ", subprotocol ",
            escape_for_terminal(event.subprotocol), event.compressed ? ", compressed" : "");
    }
    void operator()(const observe::CallFailed& event) const {
        if (Row* row = timeline.attempt(kNoRace)) {
            timeline.end(*row, Outcome::given_up, words_of(event.error));
        }
        timeline.failure_ = event.error;
        timeline.total_ = timeline.now_;
        // The rows show what was tried. What can be done about it stands below that line.
        std::string why = explain(event.error, timeline.credentials_);
        const auto tried = std::min(why.find(" Tried: "), why.size());
        why.erase(tried, std::min(why.find('\n', tried), why.size()) - tried);
        why.erase(why.find_last_not_of(" \n") + 1);
        timeline.verdict_ = std::move(why);
    }
    void operator()(const auto&) const {}
};

std::string Timeline::headline() const {
    const auto line = std::string_view(verdict_).substr(0, verdict_.find('\n'));
    return opened_ ? fmt::format("{} after {:.1f} ms", line, milliseconds(total_))
                   : fmt::format("failed after {:.1f} ms: {}", milliseconds(total_), line);
}

void Timeline::observe(const observe::Event& event, observe::Stamp stamp) {
    if (!began_) began_ = stamp.now;
    now_ = stamp.now - *began_;
    if (opened_) return;
    std::visit(Collector{*this}, event);
}

void Timeline::begin_row(Row row, Stage stage) {
    begin(row, stage);
    rows_.push_back(std::move(row));
}

Row* Timeline::query(eyeballs::QueryId id) {
    const auto found = queries_.find(id.value());
    return found == queries_.end() ? nullptr : &rows_[found->second];
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
void Timeline::end(Row& row, Outcome outcome, std::string reason) {
    if (row.outcome != Outcome::running) return;
    end_stretch(row);
    row.outcome = outcome;
    row.reason = std::move(reason);
}

}  // namespace tautline::taut
