// SPDX-License-Identifier: MIT
#include <csignal>
#include <utility>
#include <variant>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <tautline/client/call.hpp>
#include <tautline/io/clock.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/http/uri.hpp>

#include "conversation.hpp"
#include "escape.hpp"
#include "explain.hpp"
#include "story.hpp"

namespace tautline::taut {

namespace {

// Once the connection is closed, the server ends the stream: wait no longer than this for it.
constexpr auto kLinger = std::chrono::seconds(1);
// When the run is decided, wait no longer than this for the closing handshake.
constexpr auto kCourtesy = std::chrono::seconds(3);
// `--on-eof half`: as good as for ever.
constexpr auto kNoDeadline = std::chrono::hours(24 * 365);

bool on_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

// The connection is open: the URL is valid.
std::string shown_url(std::string_view url) { return http::parse_uri(url)->display(); }

// A server that speaks TLS ends a plain connection, or answers with an alert.
bool may_want_tls(std::string_view url, const std::error_code& error) {
    if (error != TransportError::closed_early && error != HandshakeError::response_malformed) {
        return false;
    }
    const auto uri = http::parse_uri(url);
    return uri && !uri->secure;
}

MessageType type_for(const ConnectArguments& arguments) {
    return arguments.binary ? MessageType::binary : MessageType::text;
}

}  // namespace

Conversation::Conversation(ConnectArguments arguments)
    : arguments_(std::move(arguments)),
      signals_(context_, SIGINT, SIGTERM),
      terminal_signals_(context_),
      timeout_(context_),
      stopper_(context_),
      eof_timer_(context_),
      probe_timer_(context_),
      queue_(STDOUT_FILENO,
             [this](OutputQueue::Change change) {
                 asio::post(context_, [this, change] { on_output_change(change); });
             }),
      output_(make_output()),
      source_(arguments_.outgoing, type_for(arguments_)),
      input_(context_, STDIN_FILENO, [this] { on_input(); }),
      input_over_(arguments_.echo) {
    if (input_over_) source_.end_input();
}

std::unique_ptr<Output> Conversation::make_output() {
    if (arguments_.json) {
        return std::make_unique<JsonOutput>(queue_,
                                            [] { return std::chrono::system_clock::now(); });
    }
    if (!on_terminal() || arguments_.echo || arguments_.message_count) {
        const bool shown = ::isatty(STDOUT_FILENO) == 1;
        return std::make_unique<PlainOutput>(
            queue_, shown ? PlainOutput::Target::terminal : PlainOutput::Target::pipe);
    }
    auto output = std::make_unique<Interactive>(
        Interactive::Options{.colour = wants_colour(),
                             .history_file = arguments_.history ? default_history_file() : ""},
        [this](const std::string& line) { on_line(line); }, [this] { on_input_end(); });
    interactive_ = output.get();
    return output;
}

ExitCode Conversation::run() {
    if (arguments_.timeout) {
        timeout_.expires_after(*arguments_.timeout);
        timeout_.async_wait([this](std::error_code error) {
            if (error) return;
            fail(ExitCode::timeout,
                 {.phase = phase(), .name = "timeout", .message = "not done in time (--timeout)"});
        });
    }
    wait_for_signal();
    if (interactive_) {
        terminal_signals_.add(SIGTSTP);
        terminal_signals_.add(SIGWINCH);
        wait_for_terminal_signal();
    }
    open();
    context_.run();
    if (outcome_) {
        context_.restart();
        context_.run_for(kLinger);
    }
    if (interactive_) interactive_->editor().stop();
    if (queue_.finish()) return exit_code();
    // The last messages may fail to be written after all else has succeeded.
    const auto unwritten = tell_unwritten();
    const auto code = exit_code();
    return code == ExitCode::ok ? unwritten : code;
}

// A closed pipe is the reader's choice: not an error worth a message.
ExitCode Conversation::tell_unwritten() {
    const auto problem = queue_.error();
    if (problem != std::errc::broken_pipe) {
        tell_person("taut: the output cannot be written: " + problem.message());
    }
    return exit_code_for_output(problem);
}

ExitCode Conversation::exit_code() const {
    if (decided_) return *decided_;
    const auto outcome = outcome_.value_or(ExitCode::internal);
    const bool too_few =
        arguments_.message_count && statistics_.received < *arguments_.message_count;
    return too_few && outcome == ExitCode::ok ? ExitCode::unexpected : outcome;
}

// ── opening ──

ClientOptions Conversation::options() {
    auto options = arguments_.options;
    options.connection = connection_options(arguments_.common);
    options.connection.deliver_control_frames = arguments_.json;
    if (arguments_.on_eof == OnEof::half) options.connection.close_timeout = kNoDeadline;
    options.engine = &engine_for(arguments_.common);
    if (arguments_.verbose) {
        options.observer =
            std::make_shared<Story>([this](const std::string& line) { output_->tell(line); });
    }
    return options;
}

Handlers Conversation::handlers() {
    return {.on_open = [this](Peer& peer) { on_open(peer); },
            .on_message = [this](Peer& peer, MessageView message) { on_message(peer, message); },
            .on_part = {},
            .on_ping = [this](Peer&, Bytes payload) { output_->show_ping(payload); },
            .on_pong = [this](Peer&, Bytes payload,
                              std::optional<Duration> round_trip) { on_pong(payload, round_trip); },
            .on_drain = [this](Peer&) { on_drain(); },
            .on_closed = [this](Peer&, const Closed& closed) { on_closed(closed); }};
}

void Conversation::open() {
    client::Call::start(io::Loop::of(context_), arguments_.url, options(), handlers(),
                        [this](const client::Call::Result& opened) {
                            if (!opened) on_failed(opened.error());
                        });
}

void Conversation::on_failed(const Error& error) {
    outcome_ = exit_code_for(error);
    output_->show_error(error);
    if (may_want_tls(arguments_.url, error.code)) {
        output_->tell("  If this port speaks TLS, the URL begins with wss://.");
    }
    stop_asking();
}

void Conversation::on_open(Peer& peer) {
    peer_ = &peer;
    output_->show_open(peer.info(), shown_url(arguments_.url));
    if (interactive_) interactive_->editor().start();
    if (arguments_.probe_interval) probe();
    pump();
}

// ── what comes in ──

void Conversation::on_message(Peer& peer, MessageView message) {
    // Drops what arrives after the last message that was asked for.
    if (arguments_.message_count && statistics_.received >= *arguments_.message_count) return;
    ++statistics_.received;
    statistics_.received_bytes += message.bytes.size();
    std::optional<Duration> round_trip;
    if (const auto sent = std::exchange(sent_at_, std::nullopt)) {
        round_trip = io::now() - *sent;
        statistics_.add_round_trip(*round_trip);
    }
    output_full_ = !output_->show_message(message, round_trip) || output_full_;
    if (arguments_.echo) echo(peer, message);
    update_reading();
    if (arguments_.message_count && statistics_.received == *arguments_.message_count) {
        end_with(ExitCode::ok);
    }
}

void Conversation::echo(Peer& peer, MessageView message) {
    const auto sent = peer.send(message);
    room_ = sent == Sent::taken;
    if (!sent && sent.error() == UsageError::queue_full) {
        fail(ExitCode::limit, {.phase = Phase::session,
                               .name = name_for(TransportError::slow_consumer),
                               .message = "the server does not read what is echoed"});
    }
}

void Conversation::on_pong(Bytes payload, std::optional<Duration> round_trip) {
    if (round_trip) statistics_.add_round_trip(*round_trip);
    output_->show_pong(payload, round_trip);
}

void Conversation::on_drain() {
    room_ = true;
    update_reading();
    pump();
}

// Stops reading while the output is slow, or while the peer does not read its echoes.
void Conversation::update_reading() {
    if (peer_) peer_->set_reading(!output_full_ && (room_ || !arguments_.echo));
}

void Conversation::on_output_change(OutputQueue::Change change) {
    if (change == OutputQueue::Change::broken) {
        end_with(exit_code_for_output(queue_.error()));
    }
    output_full_ = false;
    update_reading();
}

void Conversation::on_closed(const Closed& closed) {
    peer_ = nullptr;
    outcome_ = exit_code_for(closed);
    output_->show_closed(closed);
    stop_asking();
    context_.stop();
}

// ── what goes out ──

void Conversation::pump() {
    while (peer_ && room_ && send_next()) {
    }
    const bool reading = peer_ && room_ && !input_over_ && source_.wants_input();
    input_.set_reading(reading || (interactive_ && peer_ && !input_over_));
    if (peer_ && source_.finished() && !std::exchange(input_over_, true)) on_input_end();
}

// Returns whether there may be more to send.
bool Conversation::send_next() {
    const auto piece = source_.next();
    if (!piece) {
        refuse({.phase = Phase::usage, .name = "input_invalid", .message = piece.error()});
        return interactive_ != nullptr;
    }
    return *piece && send(**piece);
}

bool Conversation::send(const Piece& piece) {
    const bool whole = piece.first && piece.last;
    const auto sent = !whole ? peer_->send_part(piece.type, piece.bytes, piece.last)
                             : peer_->send(MessageView{piece.type, piece.bytes});
    if (!sent) {
        if (sent.error() == UsageError::closed) return false;
        const auto code = make_error_code(sent.error());
        refuse({.phase = Phase::usage,
                .name = name_for(code),
                .message = "a message was not sent: " + code.message()});
        return false;
    }
    room_ = *sent == Sent::taken;
    statistics_.sent_bytes += piece.bytes.size();
    if (piece.last) ++statistics_.sent;
    if (!sent_at_) sent_at_ = io::now();
    return true;
}

void Conversation::on_input() {
    const auto bytes = input_.read();
    if (interactive_) {
        if (bytes.empty()) on_input_end();
        interactive_->editor().receive(bytes);
        return;
    }
    if (bytes.empty()) {
        source_.end_input();
    } else {
        source_.feed(bytes);
    }
    pump();
}

void Conversation::on_input_end() {
    input_over_ = true;
    input_.set_reading(false);
    if (arguments_.echo || peer_ == nullptr) return;
    if (interactive_ || arguments_.on_eof != OnEof::wait) {
        return close(arguments_.close_code, arguments_.close_reason);
    }
    if (!arguments_.eof_wait) return;
    eof_timer_.expires_after(*arguments_.eof_wait);
    eof_timer_.async_wait([this](std::error_code error) {
        if (!error) close(arguments_.close_code, arguments_.close_reason);
    });
}

// ── what a person types ──

void Conversation::on_line(const std::string& line) {
    if (line.empty() || peer_ == nullptr) return;
    const auto command = parse_command(line);
    if (!command) return output_->tell(command.error());
    std::visit([this](const auto& wanted) { execute(wanted); }, *command);
}

void Conversation::execute(const SendText& command) {
    (void)send({.type = type_for(arguments_), .bytes = as_bytes(command.text)});
}

void Conversation::execute(const SendBinary& command) {
    (void)send({.type = MessageType::binary, .bytes = command.bytes});
}

void Conversation::execute(const SendFile& command) {
    source_.add_file(command.path, MessageType::binary);
    pump();
}

void Conversation::execute(const SendPing& command) {
    const auto sent = peer_->ping(as_bytes(command.payload));
    if (!sent) report("no Ping was sent", sent.error());
}

void Conversation::execute(const SendPong& command) {
    const auto sent = peer_->pong(as_bytes(command.payload));
    if (!sent) report("no Pong was sent", sent.error());
}

void Conversation::execute(const CloseNow& command) { close(command.code, command.reason); }

void Conversation::execute(const ShowHeaders&) {
    interactive_->show_headers(peer_->info().response_fields);
}

void Conversation::execute(const ShowStats&) {
    interactive_->show_statistics(statistics_, peer_->buffered_amount());
}

void Conversation::execute(const ShowHelp&) { output_->tell(kCommandHelp); }

void Conversation::report(std::string_view what, UsageError error) {
    output_->tell(fmt::format("taut: {}: {}", what, make_error_code(error).message()));
}

// A typing error does not end the session; other input that cannot be sent does.
void Conversation::refuse(Failure failure) {
    if (interactive_) return output_->show_failure(failure);
    fail(ExitCode::usage, failure);
}

// ── the end ──

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
    const bool ok = code == ExitCode::ok;
    const auto closing = ok ? arguments_.close_code : CloseCode::going_away;
    (void)peer_->close(closing, ok ? arguments_.close_reason : "");
    stopper_.expires_after(kCourtesy);
    stopper_.async_wait([this, closing](std::error_code error) {
        if (!error && !outcome_) wait_no_longer(closing);
    });
}

// Ends the run when the peer does not answer our Close.
void Conversation::wait_no_longer(CloseCode code) {
    Closed closed;
    closed.code = code;
    closed.error = TransportError::close_timeout;
    output_->show_closed(closed);
    context_.stop();
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
    probe_timer_.cancel();
    stopper_.cancel();
}

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
    end_with(signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated);
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
