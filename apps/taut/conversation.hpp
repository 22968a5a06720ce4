// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <tautline/session/peer.hpp>

#include "arguments.hpp"
#include "command.hpp"
#include "exit_code.hpp"
#include "input.hpp"
#include "interactive.hpp"
#include "message_source.hpp"
#include "output.hpp"
#include "output_queue.hpp"
#include "quiet_wait.hpp"

namespace tautline::taut {

/// One run of `taut connect`.
///
///     standard input ─▶ source ─▶ peer ─▶ output ─▶ standard output
///
/// Slow output stops the peer from being read, and a slow peer stops standard input from being
/// read: no queue grows without bound.
/// Threads: one.
class Conversation {
public:
    Conversation(ConnectArguments arguments, LineLog& person);

    [[nodiscard]] ExitCode run();

private:
    void open();
    [[nodiscard]] ClientOptions options();
    [[nodiscard]] Handlers handlers();
    [[nodiscard]] std::unique_ptr<Output> make_output();

    void on_open(Peer& peer);
    void tell_subprotocol(const OpenInfo& info);
    void on_message(Peer& peer, MessageView message);
    void on_ping(Bytes payload);
    void tell_owed_pong();
    void wait_for_owed_pong();
    void on_pong(Bytes payload, std::optional<Duration> round_trip);
    void on_drain();
    void on_closed(const Closed& closed);
    void on_failed(const Error& error);
    void on_input();
    void on_line(const std::string& line);
    void on_input_end();
    void wait_for_quiet();
    void on_pause();
    void on_output_change(OutputQueue::Change change);
    void on_signal(int signal);
    void on_terminal_signal(int signal);

    void has_shown(bool room);
    void update_reading();
    void pump();
    [[nodiscard]] bool may_send() const;
    [[nodiscard]] bool send_next();
    [[nodiscard]] bool send(const Piece& piece);
    void show_sent(const Piece& piece);
    void echo(Peer& peer, MessageView message);
    void execute(const SendText& command);
    void execute(const SendBinary& command);
    void execute(const SendFile& command);
    void execute(const SendPing& command);
    void execute(const SendPong& command);
    void execute(const CloseNow& command);
    void execute(const ShowHeaders& command);
    void execute(const ShowStats& command);
    void execute(const ShowHelp& command);
    void report(std::string_view what, UsageError error);
    void refuse(const Failure& failure);

    void close(CloseCode code, std::string_view reason);
    void fail(ExitCode code, const Failure& failure);
    void end_with(ExitCode code);
    void give_peer(Duration courtesy);
    void wait_no_longer();
    void hurry(ExitCode code, Duration courtesy);
    void on_timeout();
    [[nodiscard]] ExitCode tell_unread();
    [[nodiscard]] ExitCode finish();
    [[nodiscard]] std::optional<Duration> time_for_output() const;
    [[nodiscard]] CloseCode own_close_code() const;
    [[nodiscard]] Phase phase() const { return peer_ ? Phase::session : Phase::handshake; }
    void stop_asking();
    void wait_for_signal();
    void wait_for_terminal_signal();
    void probe();
    [[nodiscard]] bool got_too_few() const;
    [[nodiscard]] ExitCode exit_code() const;

    ConnectArguments arguments_;
    LineLog& person_;
    asio::io_context context_{1};
    asio::signal_set signals_;
    asio::signal_set terminal_signals_;
    asio::steady_timer timeout_;
    asio::steady_timer stopper_;
    asio::steady_timer eof_timer_;
    asio::steady_timer pong_timer_;
    QuietWait quiet_;
    asio::steady_timer probe_timer_;
    OutputQueue queue_;
    Interactive* interactive_ = nullptr;  // `output_`, when it is one
    std::unique_ptr<Output> output_;
    MessageSource source_;
    Input input_;
    Peer* peer_ = nullptr;  // while the connection is open
    bool room_ = true;      // the peer takes more
    bool output_full_ = false;
    bool input_over_ = false;
    std::uint64_t file_bytes_ = 0;  // of the file that goes out
    Statistics statistics_;
    Credentials credentials_ = Credentials::not_sent;  // of the last request
    std::optional<Instant> sent_at_;                   // of the last message without an answer
    std::optional<std::string> owed_pong_;  // payload of the last Ping whose answer is not told
    std::optional<ExitCode> decided_;
    std::optional<ExitCode> hurried_;  // what asked for an end soon
    Instant output_due_{};             // then the output is given up, if there is a limit
    std::optional<ExitCode> outcome_;  // of the connection itself
};

}  // namespace tautline::taut
