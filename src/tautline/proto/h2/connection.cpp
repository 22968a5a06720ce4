// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/connection.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::h2 {

// Bounds the number of events that one call of `receive` can make.
static constexpr std::size_t kReceiveBytes = std::size_t{16} * 1024;

Connection::Connection(Role role, const Options& options, const http::HeadLimits& head)
    : role_(role),
      options_(options),
      head_limits_(head),
      session_(role, options, head.head_bytes, *this),
      guard_(role, options) {}

// ── from the peer ──

std::size_t Connection::receive(MutableBytes bytes, Instant now) {
    if (ended()) return bytes.size();
    now_ = now;
    input_ = bytes.first(std::min(bytes.size(), kReceiveBytes));
    if (const auto received = session_.receive(input_); !received) fail(received.error());
    release_window();
    return input_.size();
}

void Connection::receive_frame(const Frame& frame) {
    using enum FrameType;
    judge(guard_.count_received(frame, now_));
    switch (frame.type) {
        case headers: return receive_head(frame);
        case data: return receive_end(frame);
        case settings: return receive_settings(frame);
        case ping: return receive_ping(frame);
        case goaway: return receive_goaway(frame);
        case window_update: return receive_window(frame.stream);
        default: return;
    }
}

void Connection::begin_head(std::int32_t id, bool request) {
    StreamState* stream = request ? &streams_.open(id) : streams_.find(id);
    const bool trailers = !stream || !(request || stream->expects_response);
    if (!trailers) stream->head = std::make_unique<IncomingHead>(head_limits_);
}

bool Connection::receive_field(std::int32_t id, std::string_view name, std::string_view value) {
    StreamState* stream = streams_.find(id);
    if (!stream || !stream->head || stream->head->add(name, value)) return true;
    stream->head.reset();
    session_.submit_reset(id, ErrorCode::enhance_your_calm);
    judge(guard_.count_refused_head(now_));
    return false;
}

void Connection::receive_head(const Frame& frame) {
    StreamState* stream = streams_.find(frame.stream);
    // RFC 9113 section 8.5: a tunnel carries nothing but data.
    const bool misplaced = stream && !stream->head && stream->tunnel;
    if (misplaced) return session_.submit_reset(frame.stream, ErrorCode::protocol_error);
    const bool whole = stream && stream->head;
    if (whole && role_ == Role::server) finish_request(frame, *stream);
    if (whole && role_ == Role::client) finish_response(frame.stream, *stream);
    receive_end(frame);
}

void Connection::receive_end(const Frame& frame) {
    if (!frame.end_stream) return;
    // A refused request that has ended needs no reset, which would count as forced by the peer.
    if (StreamState* stream = streams_.find(frame.stream)) stream->refused = false;
    events_.push(StreamEnded{StreamId(frame.stream)});
}

void Connection::receive_ping(const Frame& frame) {
    if (frame.ack && std::exchange(ping_sent_, false)) session_.submit_goaway();
}

void Connection::receive_goaway(const Frame& frame) {
    code_ = ErrorCode(frame.code);
    events_.push(GoAwayReceived{code_});
}

void Connection::finish_request(const Frame& frame, StreamState& stream) {
    const std::int32_t id = frame.stream;
    const auto head = std::exchange(stream.head, nullptr);
    switch (head->verdict()) {
        case IncomingHead::Verdict::fine:
            stream.tunnel = head->is_connect();
            return events_.push(
                RequestReceived{StreamId(id), head->take_request(), frame.end_stream});
        case IncomingHead::Verdict::malformed:
            return session_.submit_reset(id, ErrorCode::protocol_error);
        case IncomingHead::Verdict::too_large:
            judge(guard_.count_refused_head(now_));
            stream.refused = true;
            return session_.submit_response(id, {{":status", "431"}}, false);
    }
}

void Connection::finish_response(std::int32_t id, StreamState& stream) {
    const auto head = std::exchange(stream.head, nullptr);
    const bool fine = head->verdict() == IncomingHead::Verdict::fine;
    if (!fine) return session_.submit_reset(id, ErrorCode::protocol_error);
    if (head->status() < 200) return count_interim(id, stream);
    stream.expects_response = false;
    if (head->status() >= 300) stream.tunnel = false;
    events_.push(ResponseReceived{StreamId(id), head->take_response()});
}

void Connection::count_interim(std::int32_t id, StreamState& stream) {
    if (++stream.interim <= http::kMaxInterimResponses) return;
    session_.submit_reset(id, ErrorCode::enhance_your_calm);
    events_.push(ResponseRefused{StreamId(id)});
}

void Connection::receive_data(std::int32_t id, Bytes bytes) {
    held_ += bytes.size();
    StreamState* stream = streams_.find(id);
    TAUTLINE_ASSERT(stream && bytes.data() >= input_.data());
    streams_.add_unread(*stream, bytes.size());
    const auto offset = static_cast<std::size_t>(bytes.data() - input_.data());
    events_.push(DataReceived{StreamId(id), input_.subspan(offset, bytes.size())});
}

void Connection::close_stream(std::int32_t id, std::uint32_t code) {
    const StreamState* stream = streams_.find(id);
    if (!stream) return;
    // RFC 9113 section 8.7: so a request is called that the peer never saw.
    const ErrorCode why = stream->sent ? ErrorCode(code) : ErrorCode::refused_stream;
    streams_.close(id);
    events_.push(StreamClosed{StreamId(id), why});
    release_window();
}

void Connection::receive_settings(const Frame& frame) {
    if (frame.ack) return;
    const bool first = !std::exchange(got_settings_, true);
    if (first) events_.push(SettingsReceived{session_.peer_takes_extended_connect()});
    // RFC 9113 section 6.9.2: the windows of all streams may have changed.
    streams_.reconsider_windows();
}

void Connection::receive_window(std::int32_t id) {
    StreamState* stream = streams_.find(id);
    const bool waits = stream && stream->waiting == StreamState::Waiting::for_window;
    if (waits) streams_.wait_for_room(id, *stream);
}

// A slow stream does not stop the others: the window of the connection opens again at once, unless
// all streams together hold too much.
void Connection::release_window() {
    if (held_ == 0 || streams_.unread() > options_.max_unread_bytes) return;
    session_.consume_connection(std::exchange(held_, 0));
}

void Connection::consume(StreamId id, std::size_t count) {
    StreamState* stream = streams_.find(id.value());
    if (!stream) return;
    streams_.remove_unread(*stream, count);
    session_.consume_stream(id.value(), count);
    release_window();
}

// ── to the peer ──

std::expected<StreamId, UsageError> Connection::send_request(const Request& request) {
    const bool closed = ended() || going_away_ || !session_.may_request();
    if (closed) return std::unexpected(UsageError::closed);
    const bool tunnel = !request.protocol.empty();
    // RFC 8441 section 3: not before the peer has announced it.
    if (tunnel && !(got_settings_ && session_.peer_takes_extended_connect())) {
        return std::unexpected(UsageError::unsupported);
    }
    const auto head = outgoing_request(request);
    if (!head) return std::unexpected(head.error());
    const auto id = session_.submit_request(*head, tunnel);
    if (!id) return std::unexpected(UsageError::closed);
    streams_.open(*id) = {
        .expects_response = true, .sent = false, .tunnel = tunnel, .finished = !tunnel};
    return StreamId(*id);
}

std::expected<bool, UsageError> Connection::send_response(StreamId id,
                                                          const http::ResponseHead& head,
                                                          bool ends) {
    const auto fields = outgoing_response(head);
    if (!fields) return std::unexpected(fields.error());
    if (!streams_.find(id.value()) || ended()) return false;
    session_.submit_response(id.value(), *fields, !ends);
    // Only the library knows of the resets that a rule of HTTP/2 makes it send: it drops the head.
    transmit();
    return answered_ == id.value() || room() == 0;
}

std::size_t Connection::write(StreamId id, std::span<const Bytes> pieces) {
    writing_ = PieceCursor(pieces);
    const std::size_t total = writing_.rest();
    const StreamState* open = streams_.find(id.value());
    if (!open || open->finished || open->reset || ended()) return total;
    writer_ = id.value();
    session_.resume(writer_);
    transmit();
    writer_ = 0;
    StreamState* stream = streams_.find(id.value());
    if (!stream) return total;
    const std::size_t taken = total - writing_.rest();
    if (taken < total) wait(id.value(), *stream);
    return taken;
}

void Connection::wait(std::int32_t id, StreamState& stream) {
    const bool could_write = room() > 0 && session_.connection_window() > 0;
    // A stream that did not use all of the room waits for its window, which only the peer can open.
    const bool for_window = session_.stream_window(id) <= 0 || could_write;
    if (!for_window) return streams_.wait_for_room(id, stream);
    stream.waiting = StreamState::Waiting::for_window;
}

std::optional<StreamId> Connection::poll_writable() {
    while (room() > 0 && session_.connection_window() > 0) {
        const auto id = streams_.next_waiting();
        if (!id) break;
        if (session_.stream_window(*id) > 0) return StreamId(*id);
        streams_.find(*id)->waiting = StreamState::Waiting::for_window;
    }
    return std::nullopt;
}

void Connection::finish(StreamId id) {
    StreamState* stream = streams_.find(id.value());
    if (!stream || std::exchange(stream->finished, true)) return;
    session_.resume(id.value());
}

void Connection::reset(StreamId id, ErrorCode code) {
    StreamState* stream = streams_.find(id.value());
    if (!stream || std::exchange(stream->reset, true)) return;
    // Sends what is queued first, as far as it can: a reset would overtake it. That may close the
    // stream, when the peer's half has ended.
    transmit();
    if (streams_.find(id.value())) session_.submit_reset(id.value(), code);
}

void Connection::go_away() {
    if (std::exchange(going_away_, true) || ended()) return;
    // RFC 9113 section 6.8: requests on their way are served; none follow the answer to the PING.
    ping_sent_ = role_ == Role::server && !streams_.empty();
    if (!ping_sent_) return session_.submit_goaway();
    session_.submit_shutdown_notice();
    session_.submit_ping();
}

void Connection::transmit() {
    while (room() > 0) {
        const Bytes bytes = session_.next_output();
        if (bytes.empty()) return;
        output_.append(bytes);
    }
}

std::optional<LibraryEvents::Data> Connection::next_data(std::int32_t id, std::size_t limit) {
    if (writer_ == id && writing_.rest() > 0) {
        const std::size_t bytes = std::min({limit, writing_.rest(), room()});
        if (bytes == 0) return std::nullopt;
        return Data{.bytes = bytes, .end_stream = last_ && bytes == writing_.rest()};
    }
    const StreamState* stream = streams_.find(id);
    if (!stream || !stream->finished) return std::nullopt;
    return Data{.end_stream = true};
}

void Connection::put_data(Bytes frame_header, std::size_t bytes) {
    const MutableBytes place = output_.prepare(frame_header.size() + bytes);
    std::ranges::copy(frame_header, place.begin());
    writing_.copy_to(place.subspan(frame_header.size()));
    output_.commit(place.size());
}

void Connection::frame_sent(const Frame& frame) {
    if (frame.type == FrameType::goaway) code_ = ErrorCode(frame.code);
    StreamState* stream = streams_.find(frame.stream);
    if (frame.type == FrameType::headers) answered_ = frame.stream;
    if (stream && frame.type == FrameType::headers) stream->sent = true;
    // A reset that the peer forces costs as much as its own; the one after a 431 is our choice.
    const bool forced = frame.type == FrameType::rst_stream && !(stream && stream->reset);
    if (forced) judge(guard_.count_forced_reset(now_));
    // RFC 9113 section 8.1: a whole response may stop a request.
    if (!stream || !stream->refused || std::exchange(stream->reset, true)) return;
    session_.submit_reset(frame.stream, ErrorCode::no_error);
}

}  // namespace tautline::h2
