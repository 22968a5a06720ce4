// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tautline/observe/event.hpp>

#include "explain.hpp"

namespace tautline::taut {

/// How a query or an attempt ended.
enum class Outcome : std::uint8_t { running, fine, won, failed, given_up };
[[nodiscard]] std::string_view name_for(Outcome outcome);

/// What an attempt did for a while.
enum class Stage : std::uint8_t { query, connect, proxy, tls, settings, session };
[[nodiscard]] std::string_view name_for(Stage stage);

/// A stretch of a row. Times count from the beginning of the call.
struct Stretch {
    Stage stage;
    Duration begin;
    std::optional<Duration> end = std::nullopt;  ///< std::nullopt: it still ran at the end.
};

/// What a name server was asked.
struct Question {
    eyeballs::RecordType record;
    std::string host;
    friend bool operator==(const Question&, const Question&) = default;
};

/// What an attempt is in its race. Redirects and further routes begin races of their own.
struct Contest {
    std::uint64_t attempt;        ///< 0: to a Unix socket, which needs no race.
    std::string address;          ///< "[2001:db8::1]:443", "unix:/run/x"
    eyeballs::Protocol protocol;  ///< What was offered.
};

/// A query, or an attempt to connect. Its texts are safe for a terminal.
struct Row {
    std::string name;  ///< "AAAA example.org", "1 [2001:db8::1]:443 h2", "unix:/run/x".
    std::variant<Question, Contest> subject;
    std::vector<Stretch> stretches = {};
    Outcome outcome = Outcome::running;
    std::string note = {};    ///< What was learnt: the answer, "TLSv1.3, h2, status 200".
    std::string reason = {};  ///< Why it failed or was given up.

    /// What is drawn beside the bar: "given up: no answer yet (TLSv1.3, http/1.1)".
    [[nodiscard]] std::string summary() const;
};

/// What happened on the way to a connection, ready to be drawn: collected from the events of one
/// call, redirects included.
class Timeline final : public observe::Observer {
public:
    void observe(const observe::Event& event, observe::Stamp stamp) override;

    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    /// Without userinfo and query. Safe for a terminal.
    [[nodiscard]] const std::string& url() const { return url_; }
    /// From the beginning to the open connection or the failure.
    [[nodiscard]] Duration total() const { return total_; }
    /// "open, compressed", or what went wrong; there may be lines on what to do about it.
    [[nodiscard]] const std::string& verdict() const { return verdict_; }
    /// The first line of the verdict, with the time that it took.
    [[nodiscard]] std::string headline() const;
    [[nodiscard]] bool opened() const { return opened_; }
    /// The end of a call that did not open.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

private:
    struct Collector;

    void begin_row(Row row, Stage stage);
    Row* query(eyeballs::QueryId id);
    Row* attempt(eyeballs::AttemptId id);
    void begin(Row& row, Stage stage);
    void end_stretch(Row& row) const;
    void end(Row& row, Outcome outcome, std::string reason);

    std::vector<Row> rows_;
    std::map<std::uint64_t, std::size_t> queries_;  // where in `rows_`
    std::map<std::uint64_t, std::size_t> attempts_;
    std::optional<Instant> began_;
    Duration now_{};
    Duration total_{};
    std::string url_;
    std::string verdict_;
    std::optional<Error> failure_;
    bool opened_ = false;
    Credentials credentials_ = Credentials::not_sent;  // of the last request
};

}  // namespace tautline::taut
