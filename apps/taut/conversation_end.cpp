// SPDX-License-Identifier: MIT
// How a conversation comes to its end: by itself, by a decision, by a signal.
#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include <tautline/io/clock.hpp>

#include "conversation.hpp"

namespace tautline::taut {

namespace {

// When the run is decided, wait no longer than this for the closing handshake; less when time is
// short.
constexpr auto kCourtesy = std::chrono::seconds(3);
constexpr auto kCourtesyTooLate = std::chrono::seconds(1);
// And then so long for output that nobody reads, or only slowly.
constexpr auto kOutputCourtesy = std::chrono::seconds(1);

}  // namespace

void Conversation::wait_for_quiet() {
    eof_timer_.expires_at(io::to_steady(quiet_.due()));
    eof_timer_.async_wait([this](std::error_code error) {
        if (!error && peer_ && !decided_) on_pause();
    });
}

void Conversation::on_pause() {
    // A server whose messages were not read, or that has not got all of ours, may have more to say.
    if (output_full_ || peer_->buffered_amount() > 0) quiet_.begin(io::now());
    const auto end = quiet_.end(io::now());
    if (!end) return wait_for_quiet();
    if (end == QuietWait::End::too_long) {
        output_->tell(fmt::format(
            "taut: the server still speaks after {:g} s and is closed; --on-eof wait listens on",
            std::chrono::duration<double>(quiet_.limit()).count()));
    }
    close(arguments_.close_code, arguments_.close_reason);
}

// Shows what the peer sends before its own Close, however slow the output is: while reading is
// stopped the session would drop it.
void Conversation::close(CloseCode code, std::string_view reason) {
    if (peer_) {
        peer_->set_reading(true);
        (void)peer_->close(code, reason);
    }
    update_reading();
}

void Conversation::fail(ExitCode code, const Failure& failure) {
    if (decided_) return;
    output_->show_failure(failure);
    end_with(code);
}

// Ends the run with `code`, whatever the connection ends with.
void Conversation::end_with(ExitCode code) {
    if (decided_) return;
    decided_ = code;
    input_over_ = true;
    if (peer_ == nullptr) return context_.stop();
    (void)peer_->close(own_close_code(), code == ExitCode::ok ? arguments_.close_reason : "");
    give_peer(code == ExitCode::timeout ? kCourtesyTooLate : kCourtesy);
}

CloseCode Conversation::own_close_code() const {
    return decided_ == ExitCode::ok ? arguments_.close_code : CloseCode::going_away;
}

void Conversation::give_peer(Duration courtesy) {
    stopper_.expires_after(courtesy);
    stopper_.async_wait([this](std::error_code error) {
        if (!error && !outcome_) wait_no_longer();
    });
}

// Ends the run when the peer does not answer our Close.
void Conversation::wait_no_longer() {
    Closed closed;
    closed.code = own_close_code();
    closed.error = TransportError::close_timeout;
    output_->show_closed(closed);
    context_.stop();
}

// From now on the end comes soon, whoever does not answer or does not read.
void Conversation::hurry(ExitCode code, Duration courtesy) {
    if (hurried_) return;
    hurried_ = code;
    output_due_ = io::now() + courtesy + kOutputCourtesy;
    if (decided_ && stopper_.expiry() > std::chrono::steady_clock::now() + courtesy) {
        give_peer(courtesy);
    }
}

void Conversation::on_timeout() {
    hurry(ExitCode::timeout, kCourtesyTooLate);
    fail(ExitCode::timeout,
         {.phase = phase(), .name = "timeout", .message = "not done in time (--timeout)"});
}

// How long our output may still take: as long as its reader likes, unless there is a limit.
std::optional<Duration> Conversation::time_for_output() const {
    if (!hurried_ && !arguments_.timeout) return std::nullopt;
    return std::max(output_due_ - io::now(), Duration::zero());
}

// Who sent a signal knows why the rest is missing.
ExitCode Conversation::tell_unread() {
    if (!hurried_)
        person_.write("taut: the output was not read in time (--timeout): the rest is lost");
    return hurried_.value_or(ExitCode::timeout);
}

// The last messages may fail to be written after all else has succeeded.
ExitCode Conversation::finish() {
    const auto code = exit_code();
    auto unwritten = ExitCode::ok;
    if (!hurried_ && arguments_.timeout) {
        const Duration left = timeout_.expiry() - std::chrono::steady_clock::now();
        output_due_ = io::now() + std::max(left, Duration::zero()) + kOutputCourtesy;
    }
    if (!queue_.finish(time_for_output())) {
        unwritten = queue_.error() == std::errc::timed_out
                        ? tell_unread()
                        : tell_unwritten(person_, queue_.error());
    }
    person_.finish(time_for_output());
    return code == ExitCode::ok ? unwritten : code;
}

// From now on nothing of ours keeps the loop alive, and a signal ends the rest at once.
void Conversation::stop_asking() {
    input_over_ = true;
    input_.set_reading(false);
    signals_.cancel();
    signals_.clear();
    terminal_signals_.cancel();
    timeout_.cancel();
    eof_timer_.cancel();
    pong_timer_.cancel();
    probe_timer_.cancel();
    stopper_.cancel();
}

// ── signals ──

void Conversation::wait_for_signal() {
    signals_.async_wait([this](std::error_code error, int signal) {
        if (!error) on_signal(signal);
    });
}

// The first signal closes in order; the second one, which the system handles again, ends at once,
// and must find the terminal as it was.
void Conversation::on_signal(int signal) {
    signals_.clear();
    if (interactive_) interactive_->editor().stop();
    if (!peer_) {
        output_->show_failure({.phase = Phase::handshake,
                               .name = name_for(UsageError::cancelled),
                               .message = "stopped before the connection was open"});
    }
    const auto code = signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
    hurry(code, kCourtesy);
    end_with(code);
}

void Conversation::wait_for_terminal_signal() {
    terminal_signals_.async_wait([this](std::error_code error, int signal) {
        if (error) return;
        on_terminal_signal(signal);
        wait_for_terminal_signal();
    });
}

// Ctrl-Z: the shell gets the terminal as it was, and the editor goes on when it is given back.
void Conversation::on_terminal_signal(int signal) {
    auto& editor = interactive_->editor();
    if (signal == SIGWINCH) return editor.resize();
    editor.stop();
    std::raise(SIGSTOP);
    if (peer_) editor.start();
}

void Conversation::probe() {
    (void)peer_->ping();
    probe_timer_.expires_after(*arguments_.probe_interval);
    probe_timer_.async_wait([this](std::error_code error) {
        if (!error && peer_) probe();
    });
}

}  // namespace tautline::taut
