// SPDX-License-Identifier: MIT
#include <tautline/proto/wslay/engine.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <utility>

#include <wslay/wslay.h>

#include <tautline/base/assert.hpp>
#include <tautline/base/deadline.hpp>
#include <tautline/base/utf8.hpp>
#include <tautline/proto/websocket/close_frame.hpp>
#include <tautline/proto/websocket/closing.hpp>
#include <tautline/proto/websocket/frame_header.hpp>
#include <tautline/proto/websocket/keepalive.hpp>
#include <tautline/proto/websocket/message_timer.hpp>
#include <tautline/proto/websocket/opcode.hpp>

namespace tautline::websocket {

namespace {

// What wslay reported and `poll_event` has not returned yet.
struct Arrival {
    Opcode opcode;
    std::string payload;
};

PeerError error_for(CloseCode code) {
    switch (code) {
        case CloseCode::invalid_payload: return PeerError::text_not_utf8;
        case CloseCode::message_too_big: return PeerError::message_too_large;
        default: return PeerError::rule_broken;
    }
}

class WslayEngine final : public Engine {
public:
    explicit WslayEngine(const EngineSetup& setup);
    ~WslayEngine() override { wslay_event_context_free(wslay_); }

    void receive(MutableBytes bytes, Instant now) override;
    void receive_end(std::error_code error, Instant now) override;
    [[nodiscard]] std::optional<Event> poll_event() override;

    [[nodiscard]] std::expected<std::size_t, UsageError> send_message(MessageType type,
                                                                      Bytes payload,
                                                                      SendOptions options) override;
    [[nodiscard]] std::expected<void, UsageError> send_part(MessageType, Bytes, bool,
                                                            SendOptions) override {
        return std::unexpected(UsageError::unsupported);
    }
    [[nodiscard]] std::expected<void, UsageError> send_ping(Bytes payload, Instant now) override;
    [[nodiscard]] std::expected<void, UsageError> send_pong(Bytes payload) override;
    [[nodiscard]] std::expected<void, UsageError> close(CloseCode code, std::string_view reason,
                                                        Instant now) override;
    void fail(CloseCode code, std::error_code error, Instant now) override;

    [[nodiscard]] Pieces poll_transmit() override { return {std::as_const(output_).readable()}; }
    std::size_t transmitted(std::size_t count) override {
        output_.consume(count);
        return output_.size();
    }
    [[nodiscard]] std::size_t buffered_bytes() const override { return output_.size(); }
    void lend_output_memory(Buffer memory) override;
    [[nodiscard]] Buffer take_output_memory() override;

    void set_reading(bool reading, Instant now) override;
    [[nodiscard]] std::optional<Instant> next_timeout() const override;
    void handle_timeout(Instant now) override;
    void wait_on(Instant now) override { keepalive_.wait_on(now); }

    [[nodiscard]] bool open() const override { return closing_.open(); }
    [[nodiscard]] bool ended() const override { return closing_.end_told(); }
    [[nodiscard]] std::optional<Instant> close_deadline() const override {
        return closing_.deadline();
    }

private:
    // wslay's callbacks, as the functions that it calls.
    static ssize_t take_input(wslay_event_context_ptr, std::uint8_t* to, std::size_t size, int,
                              void* self);
    static ssize_t keep_output(wslay_event_context_ptr, const std::uint8_t* from, std::size_t size,
                               int, void* self);
    static int make_key(wslay_event_context_ptr, std::uint8_t* to, std::size_t size, void* self);
    static void start_frame(wslay_event_context_ptr,
                            const wslay_event_on_frame_recv_start_arg* frame, void* self);
    static void end_frame(wslay_event_context_ptr, void* self);
    static void keep_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                             void* self);
    static wslay_event_callbacks callbacks();

    void parse();
    void notice_failure();
    std::optional<Event> event_for(const Arrival& arrival);
    void receive_close(Bytes payload);
    std::expected<void, UsageError> check_room() const;
    std::expected<void, UsageError> send_control(Opcode opcode, Bytes payload);
    void queue(Opcode opcode, Bytes payload);
    void queue_close(CloseCode code, std::string_view reason);
    void write_queued();
    [[nodiscard]] std::optional<Instant> message_deadline() const;

    wslay_event_context_ptr wslay_ = nullptr;
    const ConnectionOptions* options_;
    RandomBytes* random_;
    Closing closing_;
    Keepalive keepalive_;
    Buffer output_;
    MutableBytes input_;
    std::deque<Arrival> arrivals_;
    Arrival current_{};  // what the last event shows
    MessageTimer message_timer_;
    Role role_;
    std::uint64_t frame_bytes_ = 0;       // of the frame that is being read, header included
    std::uint64_t unread_bytes_ = 0;      // received since the last frame ended
    std::uint64_t fragment_charges_ = 0;  // of the message that is incomplete; wslay counts bytes
    bool message_open_ = false;
    bool too_many_fragments_ = false;
    bool lent_ = false;
};

WslayEngine::WslayEngine(const EngineSetup& setup)
    : options_(setup.options), random_(setup.random), keepalive_(setup.now), role_(setup.role) {
    TAUTLINE_ASSERT(!setup.compression && setup.options->delivery == Delivery::whole);
    const auto functions = callbacks();
    const auto init = setup.role == Role::server ? wslay_event_context_server_init
                                                 : wslay_event_context_client_init;
    TAUTLINE_ASSERT(init(&wslay_, &functions, this) == 0);  // it fails only without memory
    wslay_event_config_set_max_recv_msg_length(wslay_, options_->max_message_bytes);
}

wslay_event_callbacks WslayEngine::callbacks() {
    return {.recv_callback = take_input,
            .send_callback = keep_output,
            .genmask_callback = make_key,
            .on_frame_recv_start_callback = start_frame,
            .on_frame_recv_chunk_callback = nullptr,
            .on_frame_recv_end_callback = end_frame,
            .on_msg_recv_callback = keep_message};
}

// ── wslay's callbacks ──

// Gives wslay input for one message at a time: what is in its own buffer is delivered first.
ssize_t WslayEngine::take_input(wslay_event_context_ptr wslay, std::uint8_t* to, std::size_t size,
                                int, void* self) {
    auto& engine = *static_cast<WslayEngine*>(self);
    if (engine.input_.empty() || !engine.arrivals_.empty()) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    const std::size_t count = std::min(size, engine.input_.size());
    std::memcpy(to, engine.input_.data(), count);
    engine.input_ = engine.input_.subspan(count);
    return static_cast<ssize_t>(count);
}

ssize_t WslayEngine::keep_output(wslay_event_context_ptr, const std::uint8_t* from,
                                 std::size_t size, int, void* self) {
    static_cast<WslayEngine*>(self)->output_.append(std::as_bytes(std::span(from, size)));
    return static_cast<ssize_t>(size);
}

int WslayEngine::make_key(wslay_event_context_ptr, std::uint8_t* to, std::size_t size, void* self) {
    static_cast<WslayEngine*>(self)->random_->fill(std::as_writable_bytes(std::span(to, size)));
    return 0;
}

void WslayEngine::start_frame(wslay_event_context_ptr,
                              const wslay_event_on_frame_recv_start_arg* frame, void* self) {
    auto& engine = *static_cast<WslayEngine*>(self);
    // Writes a due Pong now: the next frame could make wslay queue a Close in front of it.
    engine.write_queued();
    engine.frame_bytes_ =
        frame->payload_length + frame_header_bytes({.length = frame->payload_length,
                                                    .masked = engine.role_ == Role::server});
    if (wslay_is_ctrl_frame(frame->opcode)) return;
    engine.message_open_ = frame->fin == 0;
    if (frame->fin != 0) {
        engine.fragment_charges_ = 0;
        return;
    }
    engine.fragment_charges_ += engine.options_->fragment_charge_bytes;
    if (engine.fragment_charges_ > engine.options_->max_message_bytes)
        engine.too_many_fragments_ = true;
}

// wslay does not report where in a frame it is, so that is counted.
void WslayEngine::end_frame(wslay_event_context_ptr, void* self) {
    auto& engine = *static_cast<WslayEngine*>(self);
    engine.unread_bytes_ -= engine.frame_bytes_;
    if (!engine.message_open_) engine.message_timer_.end_message();
}

void WslayEngine::keep_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                               void* self) {
    const auto* text = reinterpret_cast<const char*>(message->msg);
    static_cast<WslayEngine*>(self)->arrivals_.push_back(
        {static_cast<Opcode>(message->opcode), std::string(text, message->msg_length)});
}

// ── from the peer ──

void WslayEngine::receive(MutableBytes bytes, Instant now) {
    if (closing_.ended() || bytes.empty()) return;
    keepalive_.receive_bytes(now);
    unread_bytes_ += bytes.size();
    input_ = bytes;
}

void WslayEngine::receive_end(std::error_code error, Instant now) {
    if (closing_.ended()) return;
    const auto early = make_error_code(TransportError::closed_early);
    closing_.end_stream(error ? error : early, error ? now : now + options_->close_timeout);
}

std::optional<Event> WslayEngine::poll_event() {
    if (closing_.has_event()) return closing_.poll_event();
    while (!closing_.ended()) {
        if (arrivals_.empty()) parse();
        if (arrivals_.empty()) break;
        current_ = std::move(arrivals_.front());
        arrivals_.pop_front();
        if (auto event = event_for(current_)) return event;
    }
    if (closing_.ended()) arrivals_.clear();
    return closing_.poll_event();
}

void WslayEngine::parse() {
    const bool broken = wslay_event_recv(wslay_) != 0;
    write_queued();
    const Instant now = keepalive_.heard_at();
    message_timer_.end_batch(message_open_ || unread_bytes_ > 0, now);
    if (too_many_fragments_)
        return fail(close_code_for(PeerError::too_many_fragments), PeerError::too_many_fragments,
                    now);
    // wslay answers every Ping at once, and this cannot be switched off: bound the answers.
    // It may be as much as the options can say.
    const std::uint64_t size = output_.size();
    const std::uint64_t beyond = size - std::min(size, options_->max_message_bytes);
    if (beyond / 2 > options_->max_buffered_bytes) {
        return fail(CloseCode::policy_violation, TransportError::slow_consumer, now);
    }
    const bool reading = wslay_event_get_read_enabled(wslay_) != 0;
    const bool closed = wslay_event_get_close_received(wslay_) != 0;
    if (broken || (!reading && !closed)) notice_failure();
}

// wslay queues a Close of its own when a rule was broken. Its code says which kind of rule; for a
// frame that cannot be read there is no code.
void WslayEngine::notice_failure() {
    CloseCode code{wslay_event_get_status_code_sent(wslay_)};
    if (!may_travel(code)) code = CloseCode::protocol_error;
    const PeerError error = error_for(code);
    closing_.fail({code, close_reason_for(error)}, error,
                  keepalive_.heard_at() + options_->close_timeout);
}

std::optional<Event> WslayEngine::event_for(const Arrival& arrival) {
    const Bytes payload = as_bytes(arrival.payload);
    const bool show = options_->deliver_control_frames;
    switch (arrival.opcode) {
        case Opcode::text: return MessageReceived{MessageType::text, payload};
        case Opcode::binary: return MessageReceived{MessageType::binary, payload};
        case Opcode::ping: return show ? std::optional<Event>(PingReceived{payload}) : std::nullopt;
        case Opcode::pong: break;
        case Opcode::close:
        case Opcode::continuation: {
            receive_close(payload);
            return std::nullopt;
        }
    }
    const auto answer = keepalive_.receive_pong(payload, keepalive_.heard_at());
    if (!answer.to_application && !show) return std::nullopt;
    return PongReceived{payload, answer.round_trip, answer.to_application};
}

// wslay accepts a Close with half a code, and has answered it already.
void WslayEngine::receive_close(Bytes payload) {
    const Instant give_up_at = keepalive_.heard_at() + options_->close_timeout;
    if (const auto close = read_close_frame(payload))
        return closing_.receive_close(*close, give_up_at);
    closing_.fail({CloseCode::protocol_error, {}}, PeerError::rule_broken, give_up_at);
}

// ── from the application ──

std::expected<void, UsageError> WslayEngine::check_room() const {
    // wslay has already answered a Close that came in the same read as messages still to be
    // delivered.
    const bool answered = wslay_event_get_close_sent(wslay_) != 0;
    if (!closing_.open() || answered) return std::unexpected(UsageError::closed);
    if (output_.size() < options_->max_buffered_bytes) return {};
    return std::unexpected(UsageError::queue_full);
}

std::expected<std::size_t, UsageError> WslayEngine::send_message(MessageType type, Bytes payload,
                                                                 SendOptions) {
    if (const auto room = check_room(); !room) return std::unexpected(room.error());
    if (type == MessageType::text && !is_utf8(payload))
        return std::unexpected(UsageError::text_not_utf8);
    queue(type == MessageType::text ? Opcode::text : Opcode::binary, payload);
    return output_.size();
}

std::expected<void, UsageError> WslayEngine::send_control(Opcode opcode, Bytes payload) {
    if (closing_.open() && payload.size() > kMaxControlBytes)
        return std::unexpected(UsageError::control_too_long);
    if (const auto room = check_room(); !room) return room;
    queue(opcode, payload);
    return {};
}

std::expected<void, UsageError> WslayEngine::send_ping(Bytes payload, Instant now) {
    if (const auto sent = send_control(Opcode::ping, payload); !sent) return sent;
    keepalive_.send_ping(payload, now);
    return {};
}

std::expected<void, UsageError> WslayEngine::send_pong(Bytes payload) {
    return send_control(Opcode::pong, payload);
}

std::expected<void, UsageError> WslayEngine::close(CloseCode code, std::string_view reason,
                                                   Instant now) {
    if (!closing_.open()) return std::unexpected(UsageError::closed);
    if (const auto fine = check_close(code, reason); !fine) return fine;
    queue_close(code, reason);
    closing_.send_close({code, reason}, now + options_->close_timeout);
    return {};
}

void WslayEngine::fail(CloseCode code, std::error_code error, Instant now) {
    if (closing_.ended()) return;
    wslay_event_shutdown_read(wslay_);
    if (closing_.open() && may_travel(code)) queue_close(code, {});
    closing_.fail({code, {}}, error, now + options_->close_timeout);
}

void WslayEngine::queue(Opcode opcode, Bytes payload) {
    const wslay_event_msg message{.opcode = static_cast<std::uint8_t>(opcode),
                                  .msg = reinterpret_cast<const std::uint8_t*>(payload.data()),
                                  .msg_length = payload.size()};
    (void)wslay_event_queue_msg(wslay_, &message);
    write_queued();
}

void WslayEngine::queue_close(CloseCode code, std::string_view reason) {
    const auto* text = reinterpret_cast<const std::uint8_t*>(reason.data());
    // wslay spells a Close without a code so.
    const std::uint16_t sent = code == CloseCode::no_status ? 0 : std::to_underlying(code);
    (void)wslay_event_queue_close(wslay_, sent, text, reason.size());
    write_queued();
}

// Writes everything at once, to keep the order: left in wslay, a Close would overtake messages.
void WslayEngine::write_queued() {
    while (wslay_event_want_write(wslay_) != 0 && wslay_event_send(wslay_) == 0) continue;
}

void WslayEngine::lend_output_memory(Buffer memory) {
    if (!output_.empty()) return;
    memory.clear();
    output_ = std::move(memory);
    lent_ = true;
}

Buffer WslayEngine::take_output_memory() {
    if (!std::exchange(lent_, false)) return {};
    Buffer left;
    left.append(std::as_const(output_).readable());
    output_.clear();
    return std::exchange(output_, std::move(left));
}

// ── time ──

void WslayEngine::set_reading(bool reading, Instant now) {
    if (reading && !keepalive_.reading()) message_timer_.restart(now);
    keepalive_.set_reading(reading, now);
}

std::optional<Instant> WslayEngine::message_deadline() const {
    return keepalive_.reading() ? message_timer_.deadline(*options_) : std::nullopt;
}

std::optional<Instant> WslayEngine::next_timeout() const {
    if (closing_.ended()) return std::nullopt;
    if (!closing_.open()) return closing_.deadline();
    return earlier(keepalive_.next_timeout(*options_), message_deadline());
}

void WslayEngine::handle_timeout(Instant now) {
    const auto due = next_timeout();
    if (!due || now < *due) return;
    if (!closing_.open()) return closing_.give_up(TransportError::close_timeout);
    if (is_due(message_deadline(), now)) {
        return fail(CloseCode::policy_violation, TransportError::message_timeout, now);
    }
    using enum Keepalive::Action;
    switch (keepalive_.handle_timeout(now, *options_)) {
        case none: return;
        case ping: return queue(Opcode::ping, keepalive_.ping_payload());
        case pong:
            if (!output_.empty()) return;
            return queue(Opcode::pong, as_bytes(Keepalive::kPongPayload));
        case dead: return fail(CloseCode::internal_error, TransportError::ping_timeout, now);
    }
}

}  // namespace

const EngineKind& wslay_engine() {
    static constexpr EngineKind kKind{
        .name = "wslay",
        .make = [](const EngineSetup& setup) -> std::unique_ptr<Engine> {
            return std::make_unique<WslayEngine>(setup);
        },
        .compression = false,
        .streaming = false};
    return kKind;
}

}  // namespace tautline::websocket
