// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_connection.hpp>

#include <algorithm>

#include <tautline/base/assert.hpp>
#include <tautline/base/error.hpp>
#include <tautline/transport/answer_time.hpp>

namespace tautline::transport {

namespace {

// How much is dropped of the body of a request that has its answer already.
constexpr std::size_t kMaxDiscarded = std::size_t{64} * 1024;

std::shared_ptr<const StreamInfo> info_of(const ByteStream& lower) {
    auto info = std::make_shared<StreamInfo>(lower.info());
    // HTTP/2 by prior knowledge is not agreed upon in TLS.
    info->alpn = "h2";
    return info;
}

}  // namespace

H2Connection::H2Connection(io::Loop& loop, std::unique_ptr<ByteStream> lower, h2::Role role,
                           H2Handler& handler, const H2ConnectionOptions& options)
    : loop_(loop),
      lower_(std::move(lower)),
      info_(info_of(*lower_)),
      handler_(&handler),
      options_(options),
      h2_(role, options.protocol, options.head),
      idle_since_(options.idle_since),
      role_(role) {
    lower_->set_handler(this);
    lower_->set_reading(true);
    // Both sides send first.
    soon();
}

H2Connection::~H2Connection() { close(); }

// ── servers ──

std::expected<bool, UsageError> H2Connection::respond(h2::StreamId id,
                                                      const http::ResponseHead& head,
                                                      std::string body) {
    if (!find_pending(id)) return false;
    borrow_output();
    const auto sent = h2_.send_response(id, head, body.empty());
    if (!sent) return sent;
    (void)take(id);
    const Instant due = loop_.now() + time_for_answer(options_.answer_timeout, body.size());
    answer_bytes_ += body.size();
    const auto [entry, added] =
        streams_.emplace(id, Answering{.body = std::move(body), .due = due});
    schedule_by(due);
    write_body(id, std::get<Answering>(entry->second));
    soon();
    return sent;
}

std::expected<std::unique_ptr<ByteStream>, UsageError> H2Connection::accept(
    h2::StreamId id, const http::ResponseHead& head) {
    borrow_output();
    const auto sent = h2_.send_response(id, head, false);
    if (!sent) return std::unexpected(sent.error());
    Pending* pending = find_pending(id);
    std::unique_ptr<H2Stream> stream = pending ? std::move(pending->stream) : make_stream(id);
    if (pending && *sent) {
        streams_.insert_or_assign(id, stream.get());
    } else {
        if (pending) streams_.erase(id);  // else it is not ours
        stream->fail(h2::make_error_code(h2::ErrorCode::cancel));
    }
    soon();
    return stream;
}

void H2Connection::write_body(h2::StreamId id, Answering& answering) {
    borrow_output();
    const Bytes rest = as_bytes(std::string_view(answering.body).substr(answering.sent));
    answering.sent += h2_.write_last(id, {&rest, 1});
}

// RFC 9113 section 8.1: a whole response may stop a request. A response that is not whole waits for
// its reader.
void H2Connection::discard(h2::StreamId id, Answering& answering, std::size_t bytes) {
    answering.discarded += bytes;
    if (answering.discarded <= kMaxDiscarded) return h2_.consume(id, bytes);
    if (answering.whole()) h2_.reset(id, h2::ErrorCode::no_error);
}

// ── clients ──

std::expected<h2::StreamId, UsageError> H2Connection::open(const h2::Request& request,
                                                           H2ResponseDone done) {
    TAUTLINE_ASSERT(done != nullptr);
    if (ended_) return std::unexpected(UsageError::closed);
    const auto id = h2_.send_request(request);
    if (!id) return id;
    asked_ = true;
    streams_.emplace(*id, Pending{.stream = make_stream(*id), .done = std::move(done)});
    soon();
    return id;
}

// ── both ──

void H2Connection::cancel(h2::StreamId id) {
    if (!find_pending(id)) return;
    (void)take(id);
    h2_.reset(id, h2::ErrorCode::cancel);
    soon();
}

void H2Connection::set_idle_timeout(Duration timeout) {
    options_.idle_timeout = timeout;
    soon();
}

void H2Connection::go_away() {
    h2_.go_away();
    soon();
}

void H2Connection::close() {
    handler_ = nullptr;
    ended_ = true;
    loop_.timers().cancel(*this);
    (void)fail_streams(UsageError::closed);
    lower_->close();
}

// ── from the streams ──

std::size_t H2Connection::write(h2::StreamId id, std::span<const Bytes> pieces) {
    borrow_output();
    const std::size_t taken = h2_.write(id, pieces);
    soon();
    return taken;
}

std::size_t H2Connection::write_last(h2::StreamId id, std::span<const Bytes> pieces) {
    borrow_output();
    const std::size_t taken = h2_.write_last(id, pieces);
    soon();
    return taken;
}

std::size_t H2Connection::unconfirmed_bytes() const {
    return h2_.output().size() + lower_->unconfirmed_bytes();
}

void H2Connection::finish(h2::StreamId id) {
    borrow_output();
    h2_.finish(id);
    soon();
}

void H2Connection::consume(h2::StreamId id, std::size_t count) {
    h2_.consume(id, count);
    soon();
}

void H2Connection::abandon(h2::StreamId id) {
    streams_.erase(id);
    h2_.reset(id, h2::ErrorCode::cancel);
    soon();
}

// ── from the lower stream ──

void H2Connection::on_bytes(MutableBytes bytes) {
    if (ended_) return;
    busy_ = true;
    while (!bytes.empty() && !ended_) {
        bytes = bytes.subspan(h2_.receive(bytes, loop_.now()));
        tell_events();
    }
    settle();
}

void H2Connection::on_writable() { settle(); }

void H2Connection::on_end(std::error_code error) {
    // RFC 9113 section 9.1: a connection without streams may end at any time.
    lower_ended_ = true;
    lower_broken_ = static_cast<bool>(error);
    if (ended_) return linger();
    if (!error && !streams_.empty()) error = TransportError::closed_early;
    // Why the peer left says more than how.
    end(go_away_error_ ? go_away_error_ : error);
}

void H2Connection::on_turn() { settle(); }

// ── events ──

// Returns whether there were events.
bool H2Connection::tell_events() {
    bool any = false;
    while (auto event = h2_.poll_event()) {
        any = true;
        if (!ended_) std::visit([this](auto& told) { tell(told); }, *event);
    }
    return any;
}

void H2Connection::tell(h2::SettingsReceived& event) {
    handler_->on_settings(event.extended_connect);
}

void H2Connection::tell(h2::RequestReceived& event) {
    // RFC 9113 section 8.7: refused_stream says that the request was not processed.
    if (answer_bytes_ >= options_.protocol.max_answer_bytes) {
        return h2_.reset(event.stream, h2::ErrorCode::refused_stream);
    }
    asked_ = true;
    idle_since_.reset();  // Its stream may be over before `watch` sees it.
    streams_.emplace(event.stream, Pending{.stream = make_stream(event.stream), .done = nullptr});
    handler_->on_request(event.stream, std::move(*event.request), event.ends);
}

void H2Connection::tell(h2::ResponseReceived& event) {
    Pending* pending = find_pending(event.stream);
    if (!pending) return;
    H2ResponseDone done = std::move(pending->done);
    std::unique_ptr<H2Stream> stream = std::move(pending->stream);
    streams_.insert_or_assign(event.stream, stream.get());
    done(H2Response{.head = std::move(*event.head), .stream = std::move(stream)});
}

void H2Connection::tell(h2::ResponseRefused& event) {
    if (!find_pending(event.stream)) return;
    auto refused = take(event.stream);
    tell_failure(event.stream, std::get<Pending>(*refused), HandshakeError::response_malformed);
}

void H2Connection::tell(h2::DataReceived& event) {
    Entry* entry = find(event.stream);
    if (!entry) return;
    if (auto* answering = std::get_if<Answering>(entry)) {
        discard(event.stream, *answering, event.bytes.size());
    } else if (auto* pending = std::get_if<Pending>(entry)) {
        pending->stream->receive(event.bytes);
    } else {
        std::get<H2Stream*>(*entry)->receive(event.bytes);
    }
}

void H2Connection::tell(h2::StreamEnded& event) {
    Entry* entry = find(event.stream);
    if (!entry) return;
    if (auto* pending = std::get_if<Pending>(entry)) pending->stream->receive_end();
    if (auto* stream = std::get_if<H2Stream*>(entry)) (*stream)->receive_end();
}

void H2Connection::tell(h2::StreamClosed& event) {
    auto entry = take(event.stream);
    if (!entry) return;
    const std::error_code error = h2::make_error_code(event.code);
    const bool left_out = event.code == h2::ErrorCode::refused_stream && go_away_error_;
    if (auto* stream = std::get_if<H2Stream*>(&*entry)) {
        (*stream)->fail(left_out ? go_away_error_ : error);
    }
    if (auto* pending = std::get_if<Pending>(&*entry)) tell_failure(event.stream, *pending, error);
}

void H2Connection::tell(h2::GoAwayReceived& event) {
    if (event.code != h2::ErrorCode::no_error) go_away_error_ = h2::make_error_code(event.code);
    handler_->on_go_away();
}

void H2Connection::tell(h2::ConnectionEnded& event) {
    h2_.transmit();
    const bool clean = event.code == h2::ErrorCode::no_error;
    end(clean ? std::error_code() : h2::make_error_code(event.code));
}

void H2Connection::tell_room() {
    while (const auto id = h2_.poll_writable()) {
        Entry* entry = find(*id);
        if (!entry) continue;
        if (auto* answering = std::get_if<Answering>(entry)) write_body(*id, *answering);
        if (auto* stream = std::get_if<H2Stream*>(entry)) (*stream)->receive_room();
    }
}

// ── to the lower stream ──

void H2Connection::borrow_output() {
    if (h2_.output().capacity() == 0) h2_.output() = loop_.take_output();
}

void H2Connection::soon() {
    if (!busy_ && !ended_) loop_.call_soon(*this);
}

void H2Connection::settle() {
    busy_ = true;
    do {
        borrow_output();
        tell_room();
        h2_.transmit();
    } while (tell_events());
    busy_ = false;
    flush();
}

void H2Connection::flush() {
    if (!handler_) return;
    Buffer& output = h2_.output();
    const std::size_t waiting = output.size();
    if (waiting > 0) {
        const Bytes bytes = std::as_const(output).readable();
        const std::size_t taken = lower_->write({&bytes, 1});
        sent_bytes_ += taken;
        output.consume(taken);
    }
    const bool progress = output.size() < waiting;
    if (output.empty()) loop_.give_output(std::exchange(output, {}));
    if (ended_) return linger();
    // Streams may be waiting for the room that there is now.
    if (output.empty() && waiting >= options_.protocol.max_output_bytes) soon();
    watch(progress);
}

// ── time ──

// Sets the timer only for earlier deadlines: a later one is set when the timer fires.
void H2Connection::watch(bool progress) {
    const Instant now = loop_.now();
    const bool waits = !h2_.output().empty();
    if (!waits || progress) stalled_since_.reset();
    if (waits && !stalled_since_) stalled_since_ = now;
    if (!streams_.empty()) idle_since_.reset();
    if (streams_.empty() && !idle_since_) idle_since_ = now;
    if (stalled_since_) schedule_by(*stalled_since_ + options_.stall_timeout);
    if (idle_since_) schedule_by(*idle_since_ + options_.idle_timeout);
}

void H2Connection::schedule_by(Instant when) {
    if (!scheduled() || when < due()) loop_.timers().schedule(*this, when);
}

void H2Connection::on_timer(Instant now) {
    if (ended_) return finish_linger();
    const auto stalled = [&] {
        return stalled_since_ && now >= *stalled_since_ + options_.stall_timeout;
    };
    // A system tells late of a little room: try before the peer is blamed.
    if (stalled()) lower_->retry_writing();
    if (stalled()) {
        lower_broken_ = true;
        return end(TransportError::slow_consumer);
    }
    if (idle_since_ && now >= *idle_since_ + options_.idle_timeout) {
        leave(now);
        if (ended_) return;
    }
    stop_answers(now);
    settle();
}

// Does not wait for the peer a second time: an endless head, or a PING without its answer, would
// hold the connection open for ever.
void H2Connection::leave(Instant now) {
    const bool in_order = asked_ && !leaving_;
    if (!std::exchange(leaving_, true)) h2_.go_away();
    idle_since_ = now;
    if (in_order) return;
    borrow_output();
    h2_.transmit();
    lower_broken_ = true;
    end({});
}

void H2Connection::stop_answers(Instant now) {
    for (const auto& [id, entry] : streams_) {
        const auto* answering = std::get_if<Answering>(&entry);
        if (!answering) continue;
        if (now < answering->due) {
            schedule_by(answering->due);
        } else {
            h2_.reset(id, answering->whole() ? h2::ErrorCode::no_error : h2::ErrorCode::cancel);
        }
    }
}

// ── the end ──

void H2Connection::end(std::error_code error) {
    if (std::exchange(ended_, true)) return;
    loop_.timers().schedule(*this, loop_.now() + options_.close_timeout);
    // RFC 9113 section 8.7: what waits at an orderly end was never sent, and is not processed.
    const auto unsent = error ? error : make_error_code(h2::ErrorCode::refused_stream);
    for (auto& [id, pending] : fail_streams(error)) tell_failure(id, pending, unsent);
    if (handler_) handler_->on_end(error);
    flush();
}

// Closing a lower stream with unread bytes of the peer may reset it and lose what we sent last: so
// the client closes first. Its own last GOAWAY comes after all streams have ended: losing that does
// no harm.
void H2Connection::linger() {
    if (lower_broken_) return finish_linger();
    if (!h2_.output().empty()) return;
    lower_->shut_down();
    const bool over = lower_ended_ || role_ == h2::Role::client;
    if (over && lower_->flushed()) finish_linger();
}

void H2Connection::finish_linger() {
    H2Handler* handler = handler_;
    close();
    if (handler) handler->on_closed();
}

// Calls no handler: it could destroy streams that still have to fail. Returns the requests without
// an answer.
std::vector<std::pair<h2::StreamId, H2Connection::Pending>> H2Connection::fail_streams(
    std::error_code error) {
    std::vector<std::pair<h2::StreamId, Pending>> pending;
    for (auto& [id, entry] : std::exchange(streams_, {})) {
        if (auto* stream = std::get_if<H2Stream*>(&entry)) (*stream)->fail(error);
        auto* waiting = std::get_if<Pending>(&entry);
        if (!waiting) continue;
        waiting->stream->detach();
        pending.emplace_back(id, std::move(*waiting));
    }
    return pending;
}

void H2Connection::tell_failure(h2::StreamId id, Pending& pending, std::error_code error) {
    if (!handler_) return;
    if (pending.done) return pending.done(std::unexpected(error));
    handler_->on_request_cancelled(id);
}

// ── the table ──

H2Connection::Entry* H2Connection::find(h2::StreamId id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

H2Connection::Pending* H2Connection::find_pending(h2::StreamId id) {
    Entry* entry = find(id);
    return entry ? std::get_if<Pending>(entry) : nullptr;
}

// Detaches a stream that only the table owns: its destructor must not call back into the table.
std::optional<H2Connection::Entry> H2Connection::take(h2::StreamId id) {
    auto node = streams_.extract(id);
    if (!node) return std::nullopt;
    if (auto* pending = std::get_if<Pending>(&node.mapped())) pending->stream->detach();
    if (auto* answering = std::get_if<Answering>(&node.mapped())) {
        answer_bytes_ -= answering->body.size();
    }
    return std::move(node.mapped());
}

std::unique_ptr<H2Stream> H2Connection::make_stream(h2::StreamId id) {
    H2Carrier& carrier = *this;
    return std::make_unique<H2Stream>(loop_, carrier, id, info_);
}

}  // namespace tautline::transport
