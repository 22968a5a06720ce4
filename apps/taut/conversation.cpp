// SPDX-License-Identifier: MIT
#include <optional>
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
constexpr auto kLookForRoom = std::chrono::milliseconds(50);
// `--on-eof half`: as good as for ever.
constexpr auto kNoDeadline = std::chrono::hours(24 * 365);

bool on_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

// The connection is open: the URL is valid.
std::string shown_url(std::string_view url) { return http::parse_uri(url)->display(); }

// Shows what no handler is told, notes whether the last request had credentials, and tells the
// story where it is wanted.
class Watch final : public observe::Observer {
public:
    Watch(Output& output, Credentials& credentials, bool verbose)
        : output_(output), credentials_(credentials) {
        if (verbose) story_.emplace([&output](const std::string& line) { output.tell(line); });
    }
    void observe(const observe::Event& event, observe::Stamp stamp) override {
        if (const auto* ping = std::get_if<observe::PingSent>(&event)) {
            output_.show_sent_ping(ping->bytes);
        }
        if (const auto* request = std::get_if<observe::RequestSent>(&event)) {
            credentials_ = credentials_in(request->request);
        }
        const bool told =
            output_.tells_every_end() && std::holds_alternative<observe::SessionClosed>(event);
        if (story_ && !told) story_->observe(event, stamp);
    }

private:
    Output& output_;
    Credentials& credentials_;
    std::optional<Story> story_;
};

MessageType type_for(const ConnectArguments& arguments) {
    return arguments.binary ? MessageType::binary : MessageType::text;
}

std::string why_not_sent(const Piece& piece, UsageError error) {
    const bool named = piece.line > 0 || !piece.path.empty();
    if (error != UsageError::text_not_utf8 || !named) {
        return "a message was not sent: " + make_error_code(error).message();
    }
    const auto what = piece.line > 0 ? fmt::format("line {} of the input", piece.line)
                                     : escape_for_terminal(piece.path);
    return what + " is not UTF-8: --binary sends any bytes";
}

}  // namespace

Conversation::Conversation(ConnectArguments arguments, LineLog& person)
    : arguments_(std::move(arguments)),
      person_(person),
      signals_(context_, SIGINT, SIGTERM),
      terminal_signals_(context_),
      timeout_(context_),
      stopper_(context_),
      eof_timer_(context_),
      pong_timer_(context_),
      quiet_(arguments_.quiet_pause),
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
        return std::make_unique<JsonOutput>(queue_, person_,
                                            [] { return std::chrono::system_clock::now(); });
    }
    if (!on_terminal() || arguments_.echo || arguments_.message_count) {
        const bool shown = ::isatty(STDOUT_FILENO) == 1;
        return std::make_unique<PlainOutput>(
            queue_, person_, shown ? PlainOutput::Target::terminal : PlainOutput::Target::pipe);
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
            if (!error) on_timeout();
        });
    }
    for (const auto& note : {note_on(arguments_.common), warning_on(arguments_.options)}) {
        if (!note.empty()) output_->tell(note);
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
    stop_asking();
    if (interactive_) interactive_->editor().stop();
    return finish();
}

bool Conversation::got_too_few() const {
    return arguments_.message_count && statistics_.received < *arguments_.message_count;
}

ExitCode Conversation::exit_code() const {
    if (decided_) return *decided_;
    const auto outcome = outcome_.value_or(ExitCode::internal);
    return got_too_few() && outcome == ExitCode::ok ? ExitCode::unexpected : outcome;
}

// ── opening ──

ClientOptions Conversation::options() {
    auto options = arguments_.options;
    options.connection = connection_options(arguments_.common);
    options.connection.deliver_control_frames = arguments_.json;
    if (arguments_.on_eof == OnEof::half) options.connection.close_timeout = kNoDeadline;
    options.engine = &engine_for(arguments_.common);
    options.observer = std::make_shared<Watch>(*output_, credentials_, arguments_.verbose);
    return options;
}

Handlers Conversation::handlers() {
    return {.on_open = [this](Peer& peer) { on_open(peer); },
            .on_message = [this](Peer& peer, MessageView message) { on_message(peer, message); },
            .on_part = {},
            .on_ping = [this](Peer&, Bytes payload) { on_ping(payload); },
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
    output_->show_error(error, credentials_);
    if (may_want_tls(arguments_.url, error)) {
        output_->tell("  Is it wss://? A port that speaks TLS answers so.");
    }
    stop_asking();
}

void Conversation::on_open(Peer& peer) {
    peer_ = &peer;
    output_->show_open(peer.info(), shown_url(arguments_.url));
    tell_subprotocol(peer.info());
    if (interactive_) interactive_->editor().start();
    if (arguments_.probe_interval) probe();
    pump();
}

// A server may choose none, which is no error, but seldom what was meant.
void Conversation::tell_subprotocol(const OpenInfo& info) {
    const bool none = !arguments_.options.subprotocols.empty() && info.subprotocol.empty();
    if (none && (interactive_ || arguments_.verbose)) {
        const std::string mark = arguments_.verbose ? "* " : "";
        output_->tell(mark + "the server chose no subprotocol");
    }
}

// ── what comes in ──

void Conversation::on_message(Peer& peer, MessageView message) {
    // Drops what arrives after the last message that was asked for.
    if (arguments_.message_count && statistics_.received >= *arguments_.message_count) return;
    quiet_.hear(io::now());
    ++statistics_.received;
    statistics_.received_bytes += message.bytes.size();
    std::optional<Duration> round_trip;
    if (const auto sent = std::exchange(sent_at_, std::nullopt)) {
        round_trip = io::now() - *sent;
        statistics_.add_round_trip(*round_trip);
    }
    has_shown(output_->show_message(message, round_trip));
    if (arguments_.echo) echo(peer, message);
    update_reading();
    if (arguments_.message_count && statistics_.received == *arguments_.message_count) {
        end_with(ExitCode::ok);
    }
}

void Conversation::echo(Peer& peer, MessageView message) {
    const auto sent = peer.send(message);
    room_ = sent == Sent::taken;
    if (sent) has_shown(output_->show_sent(message));
    if (!sent && sent.error() == UsageError::queue_full) {
        fail(ExitCode::limit, {.phase = Phase::session,
                               .name = name_for(TransportError::slow_consumer),
                               .message = "the server does not read what is echoed"});
    }
}

void Conversation::on_ping(Bytes payload) {
    has_shown(output_->show_ping(payload));
    owed_pong_ = as_text(payload);
    tell_owed_pong();
    wait_for_owed_pong();
    update_reading();
}

// The library answers at once, or, while more than so much waits to be sent, once less does; then
// it answers the latest Ping only (RFC 6455 section 5.5.3).
void Conversation::tell_owed_pong() {
    if (!owed_pong_ || !peer_ ||
        peer_->buffered_amount() > connection_options(arguments_.common).low_water_bytes) {
        return;
    }
    has_shown(output_->show_sent_pong(as_bytes(*std::exchange(owed_pong_, std::nullopt))));
}

// Nobody is told when less waits, so it is looked for every `kLookForRoom`.
void Conversation::wait_for_owed_pong() {
    if (!owed_pong_ || !peer_) return;
    pong_timer_.expires_after(kLookForRoom);
    pong_timer_.async_wait([this](std::error_code error) {
        if (error) return;
        tell_owed_pong();
        wait_for_owed_pong();
    });
}

void Conversation::on_pong(Bytes payload, std::optional<Duration> round_trip) {
    quiet_.hear(io::now());
    if (round_trip) statistics_.add_round_trip(*round_trip);
    has_shown(output_->show_pong(payload, round_trip));
    update_reading();
}

void Conversation::on_drain() {
    room_ = true;
    tell_owed_pong();
    update_reading();
    pump();
}

void Conversation::has_shown(bool room) { output_full_ = !room || output_full_; }

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
    pump();
}

void Conversation::on_closed(const Closed& closed) {
    // The last Pong goes out before a Close.
    if (owed_pong_ && closed.clean) (void)output_->show_sent_pong(as_bytes(*owed_pong_));
    peer_ = nullptr;
    outcome_ = exit_code_for(closed);
    output_->show_closed(closed);
    if (got_too_few() && !decided_) {
        output_->tell(fmt::format("taut: got {} of {} messages", statistics_.received,
                                  *arguments_.message_count));
    }
    stop_asking();
    context_.stop();
}

// ── what goes out ──

void Conversation::pump() {
    while (may_send() && send_next()) {
    }
    const bool reading = may_send() && !input_over_ && source_.wants_input();
    input_.set_reading(reading || (interactive_ && peer_ && !input_over_));
    if (peer_ && source_.finished() && !std::exchange(input_over_, true)) on_input_end();
}

// With --json the output shows what is sent, too: then slow output stops sending.
bool Conversation::may_send() const { return peer_ && room_ && !(arguments_.json && output_full_); }

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
        refuse({.phase = Phase::usage,
                .name = name_for(make_error_code(sent.error())),
                .message = why_not_sent(piece, sent.error())});
        return false;
    }
    room_ = *sent == Sent::taken;
    statistics_.sent_bytes += piece.bytes.size();
    show_sent(piece);
    if (!sent_at_) sent_at_ = io::now();
    return true;
}

void Conversation::show_sent(const Piece& piece) {
    file_bytes_ = (piece.first ? 0 : file_bytes_) + piece.bytes.size();
    if (!piece.last) return;
    ++statistics_.sent;
    const bool room = piece.path.empty() ? output_->show_sent({piece.type, piece.bytes})
                                         : output_->show_sent_file(piece.type, file_bytes_);
    has_shown(room);
    update_reading();
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
    const bool nothing_to_answer = arguments_.on_eof == OnEof::quiet && statistics_.sent == 0;
    if (interactive_ || nothing_to_answer || arguments_.on_eof == OnEof::close ||
        arguments_.on_eof == OnEof::half) {
        return close(arguments_.close_code, arguments_.close_reason);
    }
    if (arguments_.on_eof == OnEof::quiet) {
        quiet_.begin(io::now());
        return wait_for_quiet();
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
void Conversation::refuse(const Failure& failure) {
    if (interactive_) return output_->show_failure(failure);
    fail(ExitCode::usage, failure);
}

}  // namespace tautline::taut
