// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/connection.hpp>

#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/base/deadline.hpp>
#include <tautline/base/utf8.hpp>
#include <tautline/proto/websocket/close_frame.hpp>
#include <tautline/proto/websocket/directions.hpp>
#include <tautline/proto/websocket/short_message.hpp>

namespace tautline::websocket {

namespace {

// The inflated bytes of one slice are held at once, and may be a thousand times as many.
constexpr std::size_t kStreamedSliceBytes = 16 * 1024;

const deflate::Options& compression_options(const ConnectionOptions& options) {
    static constexpr deflate::Options kDefaults;
    return options.compression ? *options.compression : kDefaults;
}

}  // namespace

Connection::Connection(const EngineSetup& setup)
    : options_(setup.options),
      // RFC 7692 section 6: the bit means something only where the extension was agreed.
      reader_(setup.role, setup.compression ? Rsv1::allowed : Rsv1::refused),
      assembler_(inflation_for(setup), setup.shared_deflate, setup.buffers),
      sender_(deflation_for(setup), setup.shared_deflate, setup.buffers),
      outbox_(setup.role, setup.random),
      keepalive_(setup.now) {
    TAUTLINE_ASSERT(setup.options && setup.random);
}

// ── from the peer ──

void Connection::receive(MutableBytes bytes, Instant now) {
    if (closing_.ended() || bytes.empty()) return;
    TAUTLINE_ASSERT(input_.empty());
    keepalive_.receive_bytes(now);
    input_ = bytes;
}

void Connection::receive_end(std::error_code error, Instant now) {
    if (closing_.ended()) return;
    if (!error) {
        const auto early = make_error_code(TransportError::closed_early);
        return closing_.end_stream(early, now + options_->close_timeout);
    }
    outbox_.drop_everything();
    closing_.end_stream(error, now);
}

std::optional<Event> Connection::poll_event() {
    assembler_.release();
    controls_.release();
    if (closing_.has_event()) return closing_.poll_event();
    const bool streamed = options_->delivery == Delivery::streamed;
    const std::size_t slice_bytes = streamed ? kStreamedSliceBytes : FrameReader::kUnlimited;
    if (!keepalive_.reading() && !closing_.ended()) return std::nullopt;
    while (!closing_.ended()) {
        const auto slice = reader_.read(input_, slice_bytes);
        if (!slice) {
            fail_for(slice.error());
        } else if (!*slice) {
            const auto header = reader_.header_without_key();
            const auto error = header ? assembler_.error_in(*header, *options_) : std::nullopt;
            if (!error) return end_batch();
            fail_for(*error);
        } else if (auto event = receive_slice(**slice)) {
            return event;
        }
    }
    input_ = {};
    return closing_.poll_event();
}

// Gives the message that the reader and the assembler would give, without using them.
std::optional<MessageReceived> Connection::poll_message() {
    if (!reader_.between_frames() || assembler_.busy()) return std::nullopt;
    if (!closing_.open() || !keepalive_.reading()) return std::nullopt;
    if (options_->delivery != Delivery::whole) return std::nullopt;
    const auto message = take_short_message(input_, reader_.local(), options_->max_message_bytes);
    if (!message) return std::nullopt;
    if (message->type == MessageType::text && !is_utf8(message->payload)) {
        fail_for(PeerError::text_not_utf8);
        return std::nullopt;
    }
    message_timer_.end_message();
    return MessageReceived{message->type, message->payload};
}

std::nullopt_t Connection::end_batch() {
    const bool inside = assembler_.message_open() || !reader_.between_frames();
    message_timer_.end_batch(inside, keepalive_.heard_at());
    return std::nullopt;
}

std::optional<Event> Connection::receive_slice(const FrameSlice& slice) {
    if (!is_control(slice.header.opcode)) return receive_data(slice);
    const auto payload = controls_.receive(slice);
    if (!payload) return std::nullopt;
    if (!assembler_.message_open()) message_timer_.end_message();
    return receive_control(slice.header.opcode, *payload);
}

std::optional<Event> Connection::receive_data(const FrameSlice& slice) {
    const auto piece = assembler_.receive(slice, *options_);
    if (!piece) fail_for(piece.error());
    if (!piece || !*piece) return std::nullopt;
    const auto& [type, payload, first, last] = **piece;
    if (last) message_timer_.end_message();
    if (options_->delivery == Delivery::streamed) return PartReceived{type, payload, first, last};
    return MessageReceived{type, payload};
}

std::optional<Event> Connection::receive_control(Opcode opcode, Bytes payload) {
    if (opcode == Opcode::ping) return receive_ping(payload);
    if (opcode == Opcode::pong) return receive_pong(payload);
    receive_close(payload);
    return std::nullopt;
}

std::optional<Event> Connection::receive_ping(Bytes payload) {
    // RFC 6455 section 5.5.2: a Ping is answered as long as no Close was received.
    outbox_.answer_ping(payload, options_->low_water_bytes);
    if (!options_->deliver_control_frames) return std::nullopt;
    return PingReceived{payload};
}

std::optional<Event> Connection::receive_pong(Bytes payload) {
    const auto answer = keepalive_.receive_pong(payload, keepalive_.heard_at());
    if (!answer.to_application && !options_->deliver_control_frames) return std::nullopt;
    return PongReceived{payload, answer.round_trip, answer.to_application};
}

void Connection::receive_close(Bytes payload) {
    const auto close = read_close_frame(payload);
    if (!close) return fail_for(close.error());
    // RFC 6455 section 5.5.1: a first Close is answered with a Close, usually of the same code.
    if (closing_.open()) outbox_.write_close({close->code, {}});
    closing_.receive_close(*close, keepalive_.heard_at() + options_->close_timeout);
}

// ── failing ──

void Connection::fail(CloseCode code, std::error_code error, Instant now) {
    if (closing_.ended()) return;
    outbox_.drop_data();
    fail_with({code, {}}, error, now);
}

void Connection::fail_for(PeerError error) {
    fail_with({close_code_for(error), close_reason_for(error)}, error, keepalive_.heard_at());
}

// RFC 6455 section 7.1.7: a connection that fails sends a Close when it can. The Close is sent
// after the answers to earlier messages, which broke no rule.
void Connection::fail_with(const CloseFrame& close, std::error_code error, Instant now) {
    if (closing_.open() && may_travel(close.code)) outbox_.write_close(close);
    closing_.fail(close, error, now + options_->close_timeout);
}

// ── from the application ──

std::expected<std::size_t, UsageError> Connection::send_message(MessageType type, Bytes payload,
                                                                SendOptions options) {
    if (sends_short(type, payload)) return outbox_.write_short(payload);
    return send_any(type, payload, options);
}

std::expected<std::size_t, UsageError> Connection::send_any(MessageType type, Bytes payload,
                                                            SendOptions options) {
    return send_whole(outgoing(type, payload, options));
}

std::expected<std::size_t, UsageError> Connection::send_in_place(MessageType type, Bytes payload,
                                                                 SendOptions options) {
    auto message = outgoing(type, payload, options);
    message.in_place = true;
    return send_whole(message);
}

std::expected<std::size_t, UsageError> Connection::send_whole(MessageSender::Message message) {
    if (const auto room = check_room(); !room) return std::unexpected(room.error());
    const std::size_t threshold = compression_options(*options_).threshold_bytes;
    message.compress = message.compress && message.payload.size() >= threshold;
    const auto sent = sender_.send(message, outbox_);
    if (!sent) return std::unexpected(sent.error());
    return outbox_.size();
}

// Whether the sender would send this message as one short frame: then it is skipped.
bool Connection::sends_short(MessageType type, Bytes payload) const {
    const std::size_t fragment = options_->send_fragment_bytes;
    return type == MessageType::binary && payload.size() <= kMaxControlBytes &&
           reader_.local() == Role::server && sender_.plain() && closing_.open() &&
           outbox_.has_room(payload) && outbox_.size() < options_->max_buffered_bytes &&
           (fragment == 0 || payload.size() <= fragment);
}

std::expected<void, UsageError> Connection::send_part(MessageType type, Bytes payload, bool last,
                                                      SendOptions options) {
    if (const auto room = check_room(); !room) return room;
    return sender_.send_part(outgoing(type, payload, options), last, outbox_);
}

MessageSender::Message Connection::outgoing(MessageType type, Bytes payload,
                                            SendOptions options) const {
    return {.type = type,
            .payload = payload,
            .compress = options.compress,
            .fragment_bytes = options_->send_fragment_bytes};
}

std::expected<void, UsageError> Connection::check_room() const {
    if (!closing_.open()) return std::unexpected(UsageError::closed);
    if (outbox_.size() < options_->max_buffered_bytes) return {};
    return std::unexpected(UsageError::queue_full);
}

std::expected<void, UsageError> Connection::check_control(Bytes payload) const {
    // RFC 6455 section 5.5: a control frame carries at most 125 bytes.
    if (closing_.open() && payload.size() > kMaxControlBytes)
        return std::unexpected(UsageError::control_too_long);
    return check_room();
}

std::expected<void, UsageError> Connection::send_ping(Bytes payload, Instant now) {
    if (const auto fine = check_control(payload); !fine) return fine;
    keepalive_.send_ping(payload, now);
    outbox_.write_control(Opcode::ping, payload);
    return {};
}

std::expected<void, UsageError> Connection::send_pong(Bytes payload) {
    if (const auto fine = check_control(payload); !fine) return fine;
    outbox_.write_control(Opcode::pong, payload);
    return {};
}

std::expected<void, UsageError> Connection::close(CloseCode code, std::string_view reason,
                                                  Instant now) {
    if (!closing_.open()) return std::unexpected(UsageError::closed);
    if (const auto fine = check_close(code, reason); !fine) return fine;
    outbox_.write_close({code, reason});
    closing_.send_close({code, reason}, now + options_->close_timeout);
    return {};
}

// ── time and rest ──

std::optional<Instant> Connection::next_timeout() const {
    if (closing_.ended()) return std::nullopt;
    if (!closing_.open()) return closing_.deadline();
    return earlier(keepalive_.next_timeout(*options_), message_deadline());
}

void Connection::handle_timeout(Instant now) {
    const auto due = next_timeout();
    if (!due || now < *due) return;
    if (!closing_.open()) return closing_.give_up(TransportError::close_timeout);
    if (is_due(message_deadline(), now)) {
        return fail_with({CloseCode::policy_violation, "message timeout"},
                         TransportError::message_timeout, now);
    }
    using enum Keepalive::Action;
    switch (keepalive_.handle_timeout(now, *options_)) {
        case none: return;
        case ping: return outbox_.write_control(Opcode::ping, keepalive_.ping_payload());
        case pong:
            if (!outbox_.empty()) return;
            return outbox_.write_control(Opcode::pong, as_bytes(Keepalive::kPongPayload));
        case dead:
            return fail_with({CloseCode::internal_error, "ping timeout"},
                             TransportError::ping_timeout, now);
    }
}

std::optional<Engine::Rest> Connection::at_rest() const {
    const bool rests = closing_.open() && input_.empty() && reader_.between_frames() &&
                       assembler_.empty() && controls_.empty() && sender_.empty() &&
                       outbox_.empty() && keepalive_.at_rest(*options_);
    if (!rests) return std::nullopt;
    return Rest{keepalive_.heard_at(), keepalive_.next_timeout(*options_)};
}

void Connection::resume(Instant heard_at) {
    TAUTLINE_ASSERT(closing_.open() && outbox_.empty());
    keepalive_.resume(heard_at);
    message_timer_.end_message();
}

}  // namespace tautline::websocket
