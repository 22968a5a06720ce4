// SPDX-License-Identifier: MIT
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include <tautline/base/base64.hpp>
#include <tautline/base/utf8.hpp>

#include "escape.hpp"
#include "explain.hpp"
#include "json.hpp"
#include "output.hpp"

namespace tautline::taut {

ExitCode tell_unwritten(LineLog& person, const std::error_code& problem) {
    if (problem != std::errc::broken_pipe) {
        person.write("taut: the output cannot be written: " + problem.message());
    }
    return exit_code_for_output(problem);
}

ExitCode print(LineLog& person, std::string_view text) {
    const bool taken = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (taken && std::fflush(stdout) == 0) return ExitCode::ok;
    return tell_unwritten(person, {errno, std::generic_category()});
}

bool PlainOutput::show_message(MessageView message, std::optional<Duration>) {
    if (target_ == Target::pipe) {
        const bool room = queue_.write(message.text());
        return message.is_text() ? queue_.write("\n") : room;
    }
    if (!message.is_text()) return queue_.write(shown_binary(message.bytes) + "\n");
    return queue_.write(escape_for_terminal(message.text(), LineFeeds::kept) + "\n");
}

bool PlainOutput::show_pong(Bytes, std::optional<Duration> round_trip) {
    if (round_trip) person_.write(fmt::format("pong after {}", to_milliseconds(*round_trip)));
    return true;
}

void PlainOutput::show_closed(const Closed& closed) {
    if (exit_code_for(closed) != ExitCode::ok) person_.write("taut: " + explain(closed));
}

void PlainOutput::show_error(const Error& error, Credentials credentials) {
    person_.write("taut: " + explain(error, credentials));
}

JsonObject JsonOutput::begin(std::string_view direction, std::string_view type) const {
    JsonObject event;
    event.add("t", utc_timestamp(clock_()));
    if (!direction.empty()) event.add("dir", direction);
    event.add("type", type);
    return event;
}

void JsonOutput::show_open(const OpenInfo& info, std::string_view url) {
    auto event = begin({}, "open");
    event.add("url", url)
        .add("peer", info.stream.peer_address)
        .add("http", info.request.version_major == 2 ? "2" : "1.1")
        .add("subprotocol", info.subprotocol)
        .add("compressed", info.compression.has_value());
    if (info.stream.secure) event.add("tls", info.stream.tls_version);
    queue_.write(event.line() + "\n");
}

bool JsonOutput::show_message(MessageView message, std::optional<Duration>) {
    return write_message("in", message);
}

bool JsonOutput::show_sent(MessageView message) { return write_message("out", message); }

bool JsonOutput::show_sent_file(MessageType type, std::uint64_t bytes) {
    auto event = begin("out", name_of(type));
    event.add("bytes", static_cast<double>(bytes));
    return queue_.write(event.line() + "\n");
}

bool JsonOutput::write_message(std::string_view direction, MessageView message) {
    auto event = begin(direction, name_of(message.type));
    if (message.is_text()) {
        event.add("data", message.text());
    } else {
        event.add("data_b64", encode_base64(message.bytes));
    }
    return queue_.write(event.line() + "\n");
}

bool JsonOutput::show_ping(Bytes payload) {
    return queue_.write(begin("in", "ping").add("data_b64", encode_base64(payload)).line() + "\n");
}

bool JsonOutput::show_pong(Bytes payload, std::optional<Duration> round_trip) {
    auto event = begin("in", "pong");
    event.add("data_b64", encode_base64(payload));
    if (round_trip) event.add("rtt_ms", milliseconds(*round_trip));
    return queue_.write(event.line() + "\n");
}

// Its payload is a number of ours.
void JsonOutput::show_sent_ping(std::size_t bytes) {
    queue_.write(begin("out", "ping").add("bytes", static_cast<double>(bytes)).line() + "\n");
}

bool JsonOutput::show_sent_pong(Bytes payload) {
    return queue_.write(begin("out", "pong").add("data_b64", encode_base64(payload)).line() + "\n");
}

void JsonOutput::show_closed(const Closed& closed) {
    // Of a connection that was lost nobody sent a Close.
    const bool lost = closed.code == CloseCode::abnormal;
    auto event = begin(lost ? "" : closed.by_peer ? "in" : "out", "close");
    event.add("code", static_cast<int>(closed.code))
        .add("reason", closed.reason)
        .add("clean", closed.clean);
    if (closed.error) {
        event.add("error", name_for(closed.error)).add("message", words_of_end(closed.error));
    }
    queue_.write(event.line() + "\n");
}

void JsonOutput::show_error(const Error& error, Credentials credentials) {
    auto event = begin({}, "error");
    event.add("phase", name_for(error.phase))
        .add("error", name_for(error.code))
        .add("message", in_words_of_the_tool(error.message, error.phase))
        .add("endpoint", error.endpoint);
    if (error.refusal) event.add("status", error.refusal->status).add("body", error.refusal->body);
    queue_.write(event.line() + "\n");
    person_.write("taut: " + explain(error, credentials));
}

void JsonOutput::show_failure(const Failure& failure) {
    auto event = begin({}, "error");
    event.add("phase", name_for(failure.phase))
        .add("error", failure.name)
        .add("message", failure.message);
    queue_.write(event.line() + "\n");
    Output::show_failure(failure);
}

}  // namespace tautline::taut
