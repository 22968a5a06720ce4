// SPDX-License-Identifier: MIT
#include <tautline/session/driver.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include <tautline/base/assert.hpp>
#include <tautline/session/mailbox.hpp>
#include <tautline/session/shared_deflate.hpp>

namespace tautline::session {

namespace {

// Output is written in the middle of a batch when this much has come together: a bound on the
// loop's buffer, large enough that system calls do not count.
constexpr std::size_t kFlushBytes = 64 * 1024;

std::unique_ptr<websocket::Engine> make_engine(const DriverSetup& setup) {
    const auto& compression = setup.info->compression;
    return setup.engine->make(
        {.role = setup.role,
         .options = setup.options.get(),
         .compression = compression,
         .random = &setup.loop->random(),
         .now = setup.loop->now(),
         .shared_deflate = compression ? &shared_deflate(*setup.loop) : nullptr});
}

}  // namespace

Driver::Batch::Batch(Driver& driver) : driver_(driver) {
    if (driver_.batch_depth_++ > 0) return;
    driver_.engine_->lend_output_memory(driver_.loop_.take_output());
}

Driver::Batch::~Batch() {
    if (driver_.batch_depth_ == 1) driver_.end_batch();
    --driver_.batch_depth_;
}

Driver::Driver(DriverSetup setup)
    : loop_(*setup.loop),
      registry_(*setup.registry),
      options_(setup.options),
      handlers_(setup.handlers),
      info_(setup.info),
      observer_(setup.observer),
      engine_(make_engine(setup)),
      peer_(*this),
      role_(setup.role) {
    TAUTLINE_ASSERT(options_->max_buffered_bytes > 0);
    stream_ = std::move(setup.stream);
}

Driver::~Driver() {
    if (mailbox_) mailbox_->detach();
}

std::shared_ptr<Driver> Driver::start(DriverSetup setup, MutableBytes already_received) {
    auto driver = std::make_shared<Driver>(std::move(setup));
    driver->registry_.add(driver);
    driver->stream_->set_handler(driver.get());
    const Batch batch(*driver);
    driver->observe(
        observe::Opened{driver->info_->subprotocol, driver->info_->compression.has_value()});
    driver->call(driver->handlers_->on_open);
    driver->receive(already_received);
    if (!driver->finished_) driver->stream_->set_reading(driver->reading_);
    return driver;
}

// ── from the stream ──

void Driver::on_bytes(MutableBytes bytes) {
    const Batch batch(*this);
    receive(bytes);
}

void Driver::receive(MutableBytes bytes) {
    if (!bytes.empty()) engine_->receive(bytes, loop_.now());
    deliver_events();
}

void Driver::on_writable() {
    writable_ = true;
    const Batch batch(*this);
}

void Driver::on_end(std::error_code error) {
    const Batch batch(*this);
    stream_ended_ = true;
    stream_broken_ = static_cast<bool>(error);
    engine_->receive_end(error, loop_.now());
    deliver_events();
}

void Driver::on_timer(Instant now) {
    if (finished_) return;
    const Batch batch(*this);
    engine_->handle_timeout(now);
    deliver_events();
}

// ── to the application ──

void Driver::deliver_events() {
    delivering_ = true;
    while (const auto event = engine_->poll_event()) {
        // Nearly all of them, and there may be many in a batch.
        if (const auto* message = std::get_if<websocket::MessageReceived>(&*event)) {
            deliver(*message);
        } else {
            std::visit([this](const auto& fact) { deliver(fact); }, *event);
        }
    }
    delivering_ = false;
}

// Commands never call handlers from inside: what they caused is told in the loop's next turn.
void Driver::deliver_events_later() {
    if (delivering_ || std::exchange(delivery_posted_, true)) return;
    loop_.post([weak = weak_from_this()] {
        const auto driver = weak.lock();
        if (!driver || driver->finished_) return;
        driver->delivery_posted_ = false;
        const Batch batch(*driver);
        driver->deliver_events();
    });
}

void Driver::deliver(const websocket::MessageReceived& event) {
    if (observer_) observe(observe::MessageReceived{event.type, event.payload.size()});
    call(handlers_->on_message, MessageView{event.type, event.payload});
}

void Driver::deliver(const websocket::PartReceived& event) {
    call(handlers_->on_part, PartView{event.type, event.payload, event.first, event.last});
}

void Driver::deliver(const websocket::PingReceived& event) {
    if (observer_) observe(observe::PingReceived{event.payload.size()});
    call(handlers_->on_ping, event.payload);
}

void Driver::deliver(const websocket::PongReceived& event) {
    if (observer_) observe(observe::PongReceived{event.round_trip});
    call(handlers_->on_pong, event.payload, event.round_trip);
}

void Driver::deliver(const websocket::ClosingStarted& event) {
    if (observer_) observe(observe::ClosingStarted{event.code, event.by_peer});
}

void Driver::deliver(const Closed& event) {
    clean_ = event.clean;
    if (mailbox_) mailbox_->close();
    if (observer_) observe(observe::SessionClosed{event});
    call(handlers_->on_closed, event);
}

// A handler that throws must not tear down the loop: it fails its own connection.
template <typename Handler, typename... Arguments>
void Driver::call(const Handler& handler, Arguments&&... arguments) {
    if (!handler) return;
    try {
        handler(peer_, std::forward<Arguments>(arguments)...);
    } catch (...) {
        engine_->fail(CloseCode::internal_error, UsageError::handler_threw, loop_.now());
        deliver_events_later();
    }
}

void Driver::observe(const observe::Event& event) {
    if (observer_) observer_->observe(event, loop_.now());
}

// ── commands ──

std::expected<Sent, UsageError> Driver::send(MessageType type, Bytes payload, SendOptions options) {
    const Batch batch(*this);
    return after_send(engine_->send_message(type, payload, options), type, payload.size());
}

std::expected<Sent, UsageError> Driver::send_part(MessageType type, Bytes payload, bool last,
                                                  SendOptions options) {
    const Batch batch(*this);
    return after_send(engine_->send_part(type, payload, last, options), type, payload.size());
}

std::expected<Sent, UsageError> Driver::after_send(std::expected<void, UsageError> result,
                                                   MessageType type, std::size_t bytes) {
    if (!result && result.error() == UsageError::queue_full) return refuse_for_room();
    if (!result) return std::unexpected(result.error());
    if (observer_) observe(observe::MessageSent{type, bytes});
    const std::size_t waiting = engine_->buffered_bytes();
    if (waiting < kFlushBytes && waiting <= options_->high_water_bytes) return Sent::taken;
    if (waiting >= kFlushBytes) flush();
    if (engine_->buffered_bytes() <= options_->high_water_bytes) return Sent::taken;
    above_high_water_ = true;
    return Sent::queued;
}

std::expected<Sent, UsageError> Driver::refuse_for_room() {
    above_high_water_ = true;
    if (options_->overflow == OverflowPolicy::drop) return Sent::dropped;
    if (options_->overflow == OverflowPolicy::wait) return std::unexpected(UsageError::queue_full);
    engine_->fail(CloseCode::policy_violation, TransportError::slow_consumer, loop_.now());
    deliver_events_later();
    return std::unexpected(UsageError::closed);
}

std::expected<void, UsageError> Driver::ping(Bytes payload) {
    const Batch batch(*this);
    if (observer_) observe(observe::PingSent{payload.size()});
    return engine_->send_ping(payload, loop_.now());
}

std::expected<void, UsageError> Driver::pong(Bytes payload) {
    const Batch batch(*this);
    return engine_->send_pong(payload);
}

std::expected<void, UsageError> Driver::close(CloseCode code, std::string_view reason) {
    deliver_events_later();
    const Batch batch(*this);
    return engine_->close(code, reason, loop_.now());
}

void Driver::set_reading(bool reading) {
    if (finished_ || reading_ == reading) return;
    reading_ = reading;
    engine_->set_reading(reading, loop_.now());
    if (!engine_->ended()) stream_->set_reading(reading);
}

std::size_t Driver::buffered_amount() const { return engine_->buffered_bytes(); }

Sender Driver::sender() {
    if (!mailbox_) mailbox_ = std::make_shared<Mailbox>(loop_, *this, options_);
    return Sender(mailbox_);
}

void Driver::give_up_slow_peer() {
    const Batch batch(*this);
    engine_->fail(CloseCode::policy_violation, TransportError::slow_consumer, loop_.now());
    deliver_events();
}

void Driver::go_away() { (void)close(CloseCode::going_away, {}); }

void Driver::drop() {
    if (finished_) return;
    const Batch batch(*this);
    engine_->fail(CloseCode::going_away, UsageError::cancelled, loop_.now());
    deliver_events();
    flush();
    finish();
}

// ── to the stream ──

void Driver::flush() {
    if (!writable_ || finished_) return;
    do {
        const auto pieces = engine_->poll_transmit();
        std::size_t count = 0;
        std::size_t bytes = 0;
        while (count < pieces.size() && !pieces[count].empty()) bytes += pieces[count++].size();
        if (count == 0) return;
        const std::size_t taken = stream_->write(std::span(pieces).first(count));
        engine_->transmitted(taken);
        written_bytes_ += taken;
        writable_ = taken == bytes;
    } while (writable_ && !finished_ && engine_->buffered_bytes() > 0);
}

// Writes, and goes on as long as the application answers to the drained queue with more.
void Driver::settle() {
    flush();
    // Never so high that there would be no room for what waits for the drain.
    const std::size_t low = std::min(options_->low_water_bytes, options_->max_buffered_bytes - 1);
    while (above_high_water_ && engine_->buffered_bytes() <= low) {
        above_high_water_ = false;
        if (mailbox_) mailbox_->deliver();
        if (engine_->open()) call(handlers_->on_drain);
        flush();
    }
}

void Driver::end_batch() {
    settle();
    loop_.give_output(engine_->take_output_memory());
    if (finished_) return;
    if (mailbox_) mailbox_->set_buffered(engine_->buffered_bytes());
    if (engine_->open()) return schedule(engine_->next_timeout());
    if (engine_->ended()) end_stream(loop_.now());
    schedule(engine_->close_deadline());
}

// After the end was told: what is queued goes out, then our half ends, and what the peer still
// sends is read and dropped until it ends its half: closing at once would reset the connection and
// could destroy our Close on its way. RFC 6455 section 7.1.1: a client leaves the first step to the
// server.
void Driver::end_stream(Instant now) {
    if (finished_) return;
    const auto deadline = engine_->close_deadline();
    const bool flushed = engine_->buffered_bytes() == 0;
    if (stream_broken_ || (stream_ended_ && flushed) || (deadline && now >= *deadline)) {
        return finish();
    }
    const bool server_goes_first = role_ == Role::client && clean_ && !stream_ended_;
    if (flushed && !server_goes_first && !std::exchange(shut_down_, true)) stream_->shut_down();
    stream_->set_reading(true);
}

void Driver::schedule(std::optional<Instant> next) {
    // A timer that is set already is left alone when life has moved the deadline away: it fires,
    // finds nothing due and is set again. So a busy connection never touches the wheel.
    if (next && !finished_ && (!scheduled() || *next < due()))
        loop_.timers().schedule(*this, *next);
}

void Driver::finish() {
    if (std::exchange(finished_, true)) return;
    loop_.timers().cancel(*this);
    stream_->close();
    if (mailbox_) mailbox_->close();
    loop_.retire(registry_.remove(*this));
}

}  // namespace tautline::session
