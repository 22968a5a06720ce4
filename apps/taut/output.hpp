// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/event.hpp>
#include <tautline/session/peer.hpp>

#include "exit_code.hpp"
#include "explain.hpp"
#include "line_log.hpp"
#include "output_queue.hpp"

namespace tautline::taut {

/// Why a run ends although neither the network nor the peer failed.
struct Failure {
    Phase phase = Phase::session;
    std::string name;     ///< Stable: "timeout".
    std::string message;  ///< For the person, already safe for a terminal.
};

/// Shows what `connect` has to report.
class Output {
public:
    virtual ~Output() = default;

    /// `url` has neither userinfo nor query.
    virtual void show_open(const OpenInfo& info, std::string_view url) = 0;
    /// `round_trip` is the time since we last sent something. Returns false when the reader is
    /// slow: receive no more until there is room.
    virtual bool show_message(MessageView message, std::optional<Duration> round_trip) = 0;
    /// A message that we sent; returns as `show_message`. By default only received messages are
    /// shown.
    virtual bool show_sent(MessageView) { return true; }
    /// The same for a file: it may have gone out in parts, and is not at hand any more.
    virtual bool show_sent_file(MessageType, std::uint64_t) { return true; }
    /// These return as `show_message`, for a peer may send nothing else.
    virtual bool show_ping(Bytes payload) = 0;
    virtual bool show_pong(Bytes payload, std::optional<Duration> round_trip) = 0;
    virtual bool show_sent_pong(Bytes) { return true; }
    virtual void show_sent_ping(std::size_t) {}
    virtual void show_closed(const Closed& closed) = 0;
    /// Whether `show_closed` tells the person of every end; otherwise only of those with a failure.
    [[nodiscard]] virtual bool tells_every_end() const { return false; }
    /// `credentials` are those of the last request.
    virtual void show_error(const Error& error, Credentials credentials) = 0;
    /// Why we end the run ourselves.
    virtual void show_failure(const Failure& failure) {
        tell(std::string("taut: ") + failure.message);
    }
    /// A line for the person who started us, already safe for a terminal.
    virtual void tell(std::string_view line) = 0;
};

/// Says to `person` why standard output cannot be written. A closed pipe is the reader's choice:
/// not worth a message.
[[nodiscard]] ExitCode tell_unwritten(LineLog& person, const std::error_code& problem);

/// Writes to standard output, and waits until all is written.
[[nodiscard]] ExitCode print(LineLog& person, std::string_view text);

/// Only payloads in the queue: text with a line feed, binary as it is. Everything else is for the
/// person.
class PlainOutput final : public Output {
public:
    enum class Target : std::uint8_t {
        pipe,
        terminal,  ///< Bytes of the peer must be escaped.
    };
    PlainOutput(OutputQueue& queue, LineLog& person, Target target)
        : queue_(queue), person_(person), target_(target) {}

    void show_open(const OpenInfo&, std::string_view) override {}
    bool show_message(MessageView message, std::optional<Duration> round_trip) override;
    bool show_ping(Bytes) override { return true; }
    bool show_pong(Bytes payload, std::optional<Duration> round_trip) override;
    void show_closed(const Closed& closed) override;
    void show_error(const Error& error, Credentials credentials) override;
    void tell(std::string_view line) override { person_.write(line); }

private:
    OutputQueue& queue_;
    LineLog& person_;
    Target target_;
};

/// One line of JSON for every event.
class JsonOutput final : public Output {
public:
    using Clock = std::function<std::chrono::system_clock::time_point()>;
    JsonOutput(OutputQueue& queue, LineLog& person, Clock clock)
        : queue_(queue), person_(person), clock_(std::move(clock)) {}

    void show_open(const OpenInfo& info, std::string_view url) override;
    bool show_message(MessageView message, std::optional<Duration> round_trip) override;
    bool show_sent(MessageView message) override;
    bool show_sent_file(MessageType type, std::uint64_t bytes) override;
    bool show_ping(Bytes payload) override;
    bool show_pong(Bytes payload, std::optional<Duration> round_trip) override;
    bool show_sent_pong(Bytes payload) override;
    void show_sent_ping(std::size_t bytes) override;
    void show_closed(const Closed& closed) override;
    void show_error(const Error& error, Credentials credentials) override;
    void show_failure(const Failure& failure) override;
    void tell(std::string_view line) override { person_.write(line); }

private:
    class JsonObject begin(std::string_view direction, std::string_view type) const;
    bool write_message(std::string_view direction, MessageView message);

    OutputQueue& queue_;
    LineLog& person_;
    Clock clock_;
};

}  // namespace tautline::taut
