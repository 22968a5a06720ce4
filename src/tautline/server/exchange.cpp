// SPDX-License-Identifier: MIT
#include <tautline/server/exchange.hpp>

#include <array>
#include <chrono>
#include <utility>
#include <variant>

#include <tautline/proto/http/head_writer.hpp>
#include <tautline/server/h2_exchange.hpp>
#include <tautline/server/open_session.hpp>
#include <tautline/transport/answer_time.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::server {

namespace {

using namespace std::chrono_literals;

// Answers are collected up to this size: one system call for many small ones.
constexpr std::size_t kOutputBytes = std::size_t{64} * 1024;
constexpr Duration kLingerTime = 2s;
constexpr std::size_t kLingerBytes = std::size_t{256} * 1024;

}  // namespace

Exchange::Exchange(Site& site, session::Slot slot)
    : site_(site), slot_(std::move(slot)), reader_(site.options.head_limits) {}

void Exchange::start(Site& site, session::Slot slot, std::unique_ptr<transport::ByteStream> stream,
                     std::shared_ptr<const transport::TlsServerContext> tls) {
    const auto exchange = std::make_shared<Exchange>(site, std::move(slot));
    site.registry.add(exchange);
    exchange->set_deadline(site.options.handshake_timeout);
    if (tls) return exchange->shake_hands(std::move(stream), std::move(tls));
    if (h2::kBuiltIn && site.options.http2) exchange->preface_.emplace();
    exchange->stream_ = std::move(stream);
    exchange->begin_reading();
}

void Exchange::resume(Site& site, session::Slot slot, std::unique_ptr<transport::ByteStream> stream,
                      http::RequestHead request, Bytes rest) {
    const auto exchange = std::make_shared<Exchange>(site, std::move(slot));
    site.registry.add(exchange);
    exchange->set_deadline(site.options.handshake_timeout);
    exchange->stream_ = std::move(stream);
    exchange->begin_reading();
    exchange->handle(std::move(request));
    exchange->read(rest);
}

void Exchange::shake_hands(std::unique_ptr<transport::ByteStream> lower,
                           std::shared_ptr<const transport::TlsServerContext> tls) {
    state_ = State::shaking_hands;
    // Now: once the client has reset the connection, the system no longer knows it.
    if (site_.options.observer) peer_address_ = lower->info().peer_address;
    stream_ = transport::TlsStream::server(site_.loop, std::move(lower), std::move(tls),
                                           [this](std::expected<void, Error> result) {
                                               if (!result) {
                                                   return fail_handshake(std::move(result.error()));
                                               }
                                               if (stream_->info().alpn == "h2") {
                                                   return switch_to_h2({});
                                               }
                                               state_ = State::reading;
                                               begin_reading();
                                           });
}

void Exchange::fail_handshake(Error error) {
    finish();
    error.endpoint = std::move(peer_address_);
    site_.observe(site_.new_call_id(), observe::TlsEnded{.info = nullptr, .error = &error});
}

void Exchange::begin_reading() {
    stream_->set_handler(this);
    stream_->set_reading(true);
}

// ── from the stream ──

void Exchange::on_bytes(MutableBytes bytes) {
    if (state_ == State::lingering) return discard(bytes.size());
    preface_ ? detect_h2(bytes) : read(bytes);
}

// RFC 9113 section 3.3: a client that knows that we speak HTTP/2 begins with its preface.
void Exchange::detect_h2(Bytes bytes) {
    const Bytes before = preface_->matched();
    const auto preface = preface_->receive(bytes);
    if (preface == h2::Preface::partial) return;
    preface_.reset();
    if (preface == h2::Preface::absent) {
        read(before);
        return read(bytes);
    }
    Buffer received;
    received.append(before);
    received.append(bytes);
    switch_to_h2(received.readable());
}

void Exchange::switch_to_h2(MutableBytes received) {
    const Instant first_request_due = due();
    state_ = State::over;
    site_.loop.timers().cancel(*this);
    site_.loop.retire(site_.registry.remove(*this));
    H2Exchange::start(site_, std::move(slot_), std::move(stream_), first_request_due, received);
}

void Exchange::read(Bytes bytes) {
    while (state_ == State::reading && !bytes.empty()) {
        auto progress = reader_.receive(bytes);
        if (!progress) {
            refuse_head(websocket::reject(http_status_for(progress.error())));
            break;
        }
        bytes = bytes.subspan(progress->taken);
        if (!progress->head) break;
        reader_ = http::RequestReader(site_.options.head_limits);
        handle(*std::move(progress->head));
        if (state_ == State::reading && output_.size() >= kOutputBytes) flush();
    }
    keep(bytes);
    flush();
    if (idle_ && state_ == State::reading && !reader_.untouched()) await_request();
}

// Keeps what follows a request that is not answered yet. Clients send little there: they wait for
// the 101 before they send frames, and for answers after many requests.
void Exchange::keep(Bytes bytes) {
    const bool matters =
        state_ == State::deciding || (state_ == State::flushing && next_ != Next::linger);
    if (!matters || bytes.empty()) return;
    if (kept_.size() + bytes.size() <= kKeptBytes) return kept_.append(bytes);
    if (state_ == State::deciding) {
        return decision_->refuse(400, "Frames must wait for the answer.\n");
    }
    if (next_ == Next::open) return finish();
    // RFC 9112 section 9.3.2: a client that pipelines must be ready to retry.
    kept_.release();
    next_ = Next::linger;
}

void Exchange::discard(std::size_t bytes) {
    discarded_ += bytes;
    if (discarded_ > kLingerBytes) finish();
}

void Exchange::on_writable() {
    blocked_ = false;
    if (leaving_ && stream_->flushed()) return finish();
    if (state_ == State::lingering && stream_->flushed()) set_deadline(kLingerTime);
    flush();
}

void Exchange::on_end(std::error_code error) {
    // Reading is off while an answer waits, so the peer has all its answers when its end arrives.
    error ? finish() : leave();
}

// Whether nothing of a request has come. What may be the preface of HTTP/2 is not read yet.
bool Exchange::untouched() const {
    return reader_.untouched() && (!preface_ || preface_->matched().empty());
}

void Exchange::on_timer(Instant) {
    switch (state_) {
        case State::reading:
            // A connection that is idle between requests is closed without an answer.
            if (untouched()) return leave();
            preface_.reset();
            refuse_head(websocket::reject(408, {}, "The request took too long.\n"));
            return flush();
        case State::shaking_hands:
            return fail_handshake({.code = TransportError::handshake_timeout,
                                   .phase = Phase::tls,
                                   .message = "the client did not finish the TLS handshake in "
                                              "time."});
        case State::flushing:
        case State::lingering: return finish();
        case State::deciding:  // The decision has a deadline of its own.
        case State::over: std::unreachable();
    }
}

// ── requests ──

void Exchange::handle(http::RequestHead request) {
    request_ = std::move(request);
    call_id_ = site_.new_call_id();
    site_.observe(call_id_, observe::RequestReceived{request_});
    // An observer may stop or drop what it observes.
    if (state_ != State::reading) return;
    persistent_ = persists(request_) && !closing_;
    if (!stream_info_) stream_info_ = stream_->info();
    auto dispatch = site_.routes.dispatch(request_, stream_info_->secure);
    std::visit([this](auto&& what) { handle(std::forward<decltype(what)>(what)); },
               std::move(dispatch));
}

// The answer to what is no request belongs to none that came before.
void Exchange::refuse_head(const websocket::Refused& refused) {
    call_id_ = site_.new_call_id();
    handle(refused);
}

void Exchange::handle(const Response& response) {
    const bool head_only = request_.method == "HEAD";
    write(response, {.with_body = !head_only, .persistent = persistent_, .date = site_.date()},
          persistent_ ? Next::read : Next::linger);
    request_ = {};
}

void Exchange::handle(const websocket::Refused& refused) {
    const bool head_only = request_.method == "HEAD";
    write(refused, {.with_body = !head_only, .date = site_.date()}, Next::linger);
}

void Exchange::handle(const PlainCall& call) {
    // The handler may stop the server. Its answer goes out before that ends the connection.
    state_ = State::flushing;
    const auto response = site_.answer(call_id_, call, request_, *stream_info_);
    if (state_ == State::over) return;
    state_ = State::reading;
    persistent_ = persistent_ && !closing_;
    handle(response);
}

void Exchange::handle(UpgradeCall call) {
    if (site_.going_away) return handle(websocket::reject(503));
    if (!call.route->options.on_upgrade) return accept(std::move(call));
    state_ = State::deciding;
    site_.loop.timers().cancel(*this);
    decision_ = std::make_unique<Decision>(
        site_,
        DecisionSubject{.call = std::move(call),
                        .request = request_,
                        .stream = *stream_info_,
                        .call_id = call_id_},
        [this](Decision::Result result) { receive_verdict(std::move(result)); });
    decision_->ask();
}

void Exchange::receive_verdict(Decision::Result result) {
    const auto decided = std::move(decision_);
    state_ = State::flushing;
    if (result) {
        accept(*std::move(result));
    } else {
        handle(result.error());
    }
    flush();
}

void Exchange::accept(UpgradeCall call) {
    const auto head = http::write_head(call.accepted.response);
    if (!head) return handle(websocket::reject(500));
    accepted_ = std::move(call);
    write(*head, Next::open);
    site_.observe(call_id_, observe::ResponseSent{accepted_->accepted.response});
}

// ── answers ──

// It is told behind the write: an observer may stop or drop what it observes.
template <typename Answer>
void Exchange::write(const Answer& answer, const ResponseForm& form, Next next) {
    const Written written = write_response(answer, form);
    write(written.text, next);
    site_.observe(call_id_, observe::ResponseSent{written.head});
}

void Exchange::write(std::string_view answer, Next next) {
    output_.append(as_bytes(answer));
    next_ = next;
    if (next != Next::read) wait_until_written();
}

// One deadline for the whole output: a peer that reads a byte now and then gains no time.
void Exchange::wait_until_written() {
    state_ = State::flushing;
    set_deadline(transport::time_for_answer(site_.options.answer_timeout, output_.size()));
}

// Writes the output, and goes on with `next_` when all is written.
void Exchange::flush() {
    if (blocked_ || state_ == State::over || state_ == State::lingering) return;
    if (!write_output()) {
        if (state_ == State::reading) wait_until_written();
        return stream_->set_reading(false);
    }
    if (state_ == State::flushing) return go_on();
    stream_->set_reading(true);
}

// Whether everything went out.
bool Exchange::write_output() {
    if (output_.empty()) return true;
    const std::array<Bytes, 1> pieces{std::as_const(output_).readable()};
    output_.consume(stream_->write(pieces));
    blocked_ = !output_.empty();
    if (blocked_) return false;
    output_.release();
    if (state_ == State::reading) await_request();
    return true;
}

void Exchange::go_on() {
    if (next_ == Next::linger) return linger();
    if (next_ == Next::open) return open();
    state_ = State::reading;
    await_request();
    const Buffer kept = std::exchange(kept_, {});
    read(kept.readable());
    if (closing_ && state_ == State::reading) leave();
}

void Exchange::linger() {
    end_half();
    stream_->set_reading(true);
}

void Exchange::end_half() {
    if (std::exchange(state_, State::lingering) == State::lingering) return;
    stream_->shut_down();
    // Until all of the answer has left, TLS keeps its last record, the deadline is the answer's.
    if (stream_->flushed()) set_deadline(kLingerTime);
}

// Ends a connection on which nothing is under way, and nothing more will come.
void Exchange::leave() {
    leaving_ = true;
    // Nobody waits for the verdict any more, whose deadline was that of the exchange.
    if (std::exchange(decision_, nullptr)) set_deadline(site_.options.answer_timeout);
    end_half();
    if (stream_->flushed()) finish();
}

void Exchange::open() {
    state_ = State::over;
    site_.loop.timers().cancel(*this);
    site_.loop.retire(site_.registry.remove(*this));
    open_session(site_,
                 {.stream = std::move(stream_),
                  .request = std::move(request_),
                  .call = *std::move(accepted_),
                  .carrier = *std::move(stream_info_),
                  .slot = std::move(slot_),
                  .call_id = call_id_},
                 kept_.readable());
}

// ── the end ──

void Exchange::go_away() {
    closing_ = true;
    switch (state_) {
        case State::shaking_hands: return finish();
        // Not even for the rest of a head: any client could hold up the end with half of one.
        case State::reading:
            if (output_.empty()) return leave();
            // Answers that are collected go out first.
            next_ = Next::linger;
            return wait_until_written();
        case State::deciding: return decision_->refuse(503, "The server is going away.\n");
        case State::flushing:
        case State::lingering:
        case State::over: return;
    }
}

void Exchange::finish() {
    if (std::exchange(state_, State::over) == State::over) return;
    decision_.reset();
    site_.loop.timers().cancel(*this);
    if (stream_) stream_->close();
    site_.loop.retire(site_.registry.remove(*this));
}

// After an answer. The time for a head begins with its first byte.
void Exchange::await_request() {
    idle_ = reader_.untouched();
    set_deadline(idle_ ? site_.options.idle_timeout : site_.options.handshake_timeout);
}

void Exchange::set_deadline(Duration duration) {
    site_.loop.timers().schedule(*this, site_.loop.now() + duration);
}

}  // namespace tautline::server
