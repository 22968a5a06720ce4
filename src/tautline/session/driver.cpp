// SPDX-License-Identifier: MIT
#include <tautline/session/driver.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include <tautline/base/assert.hpp>
#include <tautline/session/mailbox.hpp>
#include <tautline/session/turn_budget.hpp>

namespace tautline::session {

Driver::Driver(DriverSetup setup)
    : profile_(*setup.profile),
      stream_(std::move(setup.stream)),
      engine_(profile_.loop.now()),
      extras_(std::make_unique<Extras>()),
      slot_(std::move(setup.slot)) {
    profile_.join();
    extras_->info = std::move(setup.info);
    extras_->data = std::move(setup.data);
}

Driver::~Driver() {
    if (mailbox()) mailbox()->detach();
    if (extras_) extras_->give_data_back();
    profile_.infos.drop(ticket_);
    (void)engine_.release({});  // it looks at the options of the profile
    profile_.leave();
}

Driver& Driver::start(DriverSetup setup, MutableBytes already_received) {
    const auto call_id = setup.call_id;
    auto owner = setup.profile->observer
                     ? std::make_unique<ObservedDriver>(std::move(setup), call_id)
                     : std::make_unique<Driver>(std::move(setup));
    Driver& driver = *owner;
    driver.profile_.registry.add(std::move(owner));
    driver.stream_->set_handler(&driver);
    driver.open(already_received);
    driver.pack_info();
    return driver;
}

void Driver::open(MutableBytes already_received) {
    const Batch batch(*this, By::loop);
    const OpenInfo& info = *extras_->info;
    observe(observe::Opened{info.subprotocol, info.compression.has_value()});
    call(handlers().on_open);
    receive(already_received);
    if (!finished_) stream_->set_reading(reading_ && !has_unread());
}

// ── memory ──

// Connections are many on the side that accepts them.
void Driver::pack_info() {
    if (info_wanted_ || profile_.role == Role::client) return;
    ticket_ = profile_.infos.pack(*extras_->info);
    extras_->info.reset();
    if (extras_->hold_nothing()) extras_.reset();
}

std::shared_ptr<const OpenInfo> Driver::info() {
    info_wanted_ = true;
    if (!extras().info) {
        extras_->info = std::make_shared<OpenInfo>(InfoPool::unpack(ticket_));
        profile_.infos.drop(std::exchange(ticket_, {}));
    }
    return extras_->info;
}

Driver::Extras& Driver::extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
}

// An engine of the pool comes with memory for output.
void Driver::wake() {
    if (engine_) return engine_->lend_output_memory(loop().take_output());
    engine_.hold(profile_.engines.take(engine_.heard_at()));
}

// ── from the stream ──

void Driver::on_bytes(MutableBytes bytes) {
    const Batch batch(*this, By::loop);
    // A stream that broke brings what it has though nobody reads.
    if (has_unread() || !reading_) return keep_unread(bytes);
    receive(bytes);
}

void Driver::receive(MutableBytes bytes) {
    if (!bytes.empty()) engine_->receive(bytes, loop().now());
    keep_unread(deliver_events());
}

// What the engine has not looked at is as large as it came: at most one read of the stream, and
// what a stream that broke had still to tell.
void Driver::keep_unread(Bytes bytes) {
    if (!bytes.empty() && !engine_->ended()) extras().unread.append(bytes);
}

// It comes before all that the stream brings, which is not read meanwhile.
void Driver::read_on() {
    Buffer unread = std::exchange(extras_->unread, {});
    engine_->receive(unread.readable(), loop().now());
    if (const Bytes rest = deliver_events(); !rest.empty() && !engine_->ended()) {
        unread.consume(unread.size() - rest.size());
        extras_->unread = std::move(unread);
        if (!reading_) extras_->tell_end_to_reader();
    } else if (extras_->end) {
        receive_end(*extras_->end);
    } else if (reading_ && !engine_->ended()) {
        stream_->set_reading(true);
    }
}

void Driver::on_writable() {
    writable_ = true;
    const Batch batch(*this, By::loop);
}

void Driver::on_end(std::error_code error) {
    const Batch batch(*this, By::loop);
    stream_ended_ = true;
    // The stream drops what waits: whoever waits for room goes on, and comes to the end.
    if (error) at_once_ = writable_ = true;
    if (!has_unread()) return receive_end(error);
    // Behind what came before.
    extras_->end = error;
    if (error) no_new_messages_ = true;
    if (error && mailbox()) mailbox()->refuse_more();
    if (reading_) return;
    wait_for_reading();
    extras_->tell_end_to_reader();
}

void Driver::receive_end(std::error_code error) {
    engine_->receive_end(error, loop().now());
    deliver_events();
}

void Driver::on_timer(Instant now) {
    if (finished_) return;
    const Batch batch(*this, By::loop);
    if (!engine_->ended() && is_due(close_by(), now)) give_up(TransportError::close_timeout);
    if (is_due(read_by(), now)) receive_end(*extras_->end);
    if (engine_->open() && is_due(stalled_by(), now)) {
        // A system tells late of a little room: try before the peer is blamed.
        stream_->retry_writing();
        flush();
        if (is_due(stalled_by(), now)) return give_up_slow_peer();
    }
    // A slow way is no dead peer.
    if (extras_ && extras_->took_before_ping(*stream_)) engine_->wait_on(now);
    const std::size_t waiting = engine_->buffered_bytes();
    engine_->handle_timeout(now);
    // Of all that falls due only the heartbeat sends something and leaves the connection open.
    if (engine_->open() && engine_->buffered_bytes() > waiting) follow_heartbeat(waiting);
    deliver_events();
}

// ── to the application ──

// Returns what the engine has not looked at: reading was stopped, or others want the loop too.
MutableBytes Driver::deliver_events() {
    MutableBytes rest;
    TurnBudget budget;
    delivering_ = true;
    while (rest.empty()) {
        // Nearly all of them, and there may be many in a batch. They are no larger than they came.
        while (const auto message = engine_->poll_message()) deliver(*message);
        const auto event = engine_->poll_event();
        if (!event) break;
        const bool spent = budget.spend(*event);
        std::visit([this](const auto& fact) { deliver(fact); }, *event);
        if (spent) rest = engine_->take_unread();
    }
    delivering_ = false;
    if (!rest.empty()) put_off();
    return reading_ || !rest.empty() ? rest : engine_->take_unread();
}

// Without a rest there is nothing to come back for: an engine that keeps it goes on with it.
void Driver::put_off() {
    if (!finished_ && !stream_->broken()) stream_->set_reading(false);
    go_on_later();
}

// Commands never call handlers from inside: what they caused is told in the loop's next turn.
void Driver::go_on_later() {
    if (std::exchange(go_on_posted_, true)) return;
    shared_mailbox()->call_later(&Driver::go_on);
}

void Driver::go_on() {
    go_on_posted_ = false;
    if (finished_) return;
    const Batch batch(*this, By::loop);
    if (reading_ && has_unread()) return read_on();
    deliver_events();
}

inline void Driver::deliver(const websocket::MessageReceived& event) {
    if (profile_.observer) observe(observe::MessageReceived{event.type, event.payload.size()});
    if (discarding_) return;
    call(handlers().on_message, MessageView{event.type, event.payload});
}

void Driver::deliver(const websocket::PartReceived& event) {
    observe_part(&Extras::part_bytes_received,
                 observe::MessageReceived{event.type, event.payload.size()}, event.last);
    if (discarding_) return;
    call(handlers().on_part, PartView{event.type, event.payload, event.first, event.last});
}

void Driver::deliver(const websocket::PingReceived& event) {
    if (profile_.observer) {
        observe(observe::PingReceived{event.payload.size()});
        observe(observe::PongSent{event.payload.size()});
    }
    if (!options().deliver_control_frames) return;
    call(handlers().on_ping, event.payload);
}

void Driver::deliver(const websocket::PongReceived& event) {
    if (profile_.observer) observe(observe::PongReceived{event.round_trip});
    if (!event.to_application && !options().deliver_control_frames) return;
    call(handlers().on_pong, event.payload, event.round_trip);
}

void Driver::deliver(const websocket::ClosingStarted& event) {
    if (profile_.observer) observe(observe::ClosingStarted{event.code, event.by_peer});
}

void Driver::deliver(const Closed& event) {
    clean_ = event.clean;
    if (mailbox()) mailbox()->refuse_more();
    profile_.permit.reset();
    if (profile_.observer) observe(observe::SessionClosed{event});
    call(handlers().on_closed, event);
}

// A handler that throws must not tear down the loop: it fails its own connection.
template <typename Handler, typename... Arguments>
void Driver::call(Handler&& handler, Arguments&&... arguments) {
    if (!handler) return;
    const bool well = contained(
        [&] { handler(static_cast<Peer&>(*this), std::forward<Arguments>(arguments)...); },
        [&](const std::exception_ptr& thrown) { observe(observe::HandlerThrew{thrown}); });
    if (well) return;
    engine_->fail(CloseCode::internal_error, UsageError::handler_threw, loop().now());
    if (!delivering_) go_on_later();
}

// ── commands ──

std::expected<Sent, UsageError> Driver::send_part(MessageType type, Bytes payload, bool last,
                                                  SendOptions options) {
    const Batch batch(*this);
    if (no_new_messages_ && !message_open_) return std::unexpected(UsageError::closed);
    if (message_dropped_ && engine_->open()) {
        message_dropped_ = !last;
        return Sent::dropped;
    }
    auto result = engine_->send_part(type, payload, last, options);
    if (!result && made_room(result.error())) {
        result = engine_->send_part(type, payload, last, options);
    }
    if (!result) {
        const auto refused = refuse(result.error());
        message_dropped_ = refused.has_value() && !last;
        return refused;
    }
    message_open_ = !last;
    observe_part(&Extras::part_bytes_sent, observe::MessageSent{type, payload.size()}, last);
    if (last && mailbox()) mailbox()->deliver();
    return after_send(engine_->buffered_bytes());
}

std::expected<Sent, UsageError> Driver::send_unusual(MessageType type, Bytes payload,
                                                     SendOptions options) {
    const Batch batch(*this);
    if (no_new_messages_ && !(mailbox() && mailbox()->delivering()))
        return std::unexpected(UsageError::closed);
    const bool in_place = payload.size() >= kInPlaceBytes && writable_ && !finished_;
    auto waiting = in_place ? engine_->send_in_place(type, payload, options)
                            : engine_->send_message(type, payload, options);
    if (!waiting && made_room(waiting.error())) {
        waiting = engine_->send_message(type, payload, options);
    }
    if (!waiting) return refuse(waiting.error());
    if (in_place) flush();
    if (profile_.observer) observe(observe::MessageSent{type, payload.size()});
    return after_send(engine_->buffered_bytes());
}

Sent Driver::after_much(std::size_t waiting) {
    if (waiting >= kFlushBytes) flush();
    if (engine_->buffered_bytes() <= options().high_water_bytes) return Sent::taken;
    above_high_water_ = true;
    return Sent::queued;
}

std::expected<Sent, UsageError> Driver::refuse(UsageError error) {
    if (error != UsageError::queue_full) return std::unexpected(error);
    above_high_water_ = true;
    // Without one of its parts a message would be another one.
    const bool drops = options().overflow == OverflowPolicy::drop;
    if (drops && !message_open_) return Sent::dropped;
    if (drops || options().overflow == OverflowPolicy::refuse) return std::unexpected(error);
    engine_->fail(CloseCode::policy_violation, TransportError::slow_consumer, loop().now());
    if (!delivering_) go_on_later();
    return std::unexpected(UsageError::closed);
}

std::expected<void, UsageError> Driver::ping(Bytes payload) {
    const Batch batch(*this);
    // Nothing answers any more, though the end is not told before what came first was read.
    if (extras_ && extras_->end) return std::unexpected(UsageError::closed);
    const auto sent = engine_->send_ping(payload, loop().now());
    if (sent && profile_.observer) observe(observe::PingSent{payload.size()});
    return sent;
}

std::expected<void, UsageError> Driver::pong(Bytes payload) {
    const Batch batch(*this);
    const auto sent = engine_->send_pong(payload);
    if (sent && profile_.observer) observe(observe::PongSent{payload.size()});
    return sent;
}

std::expected<void, UsageError> Driver::close(CloseCode code, std::string_view reason) {
    const Batch batch(*this);
    // What waits for the end of a message in parts may wait for ever.
    const bool at_once = at_once_ || !mailbox() || message_open_ || !engine_->open();
    return at_once ? begin_close(code, reason) : mailbox()->close_behind(code, reason);
}

void Driver::run(std::move_only_function<void(Peer&)>& task) {
    const Batch batch(*this, By::loop);
    if (!engine_->ended()) call(task);
}

std::expected<void, UsageError> Driver::begin_close(CloseCode code, std::string_view reason) {
    const Batch batch(*this);
    const auto begun = engine_->close(code, fitting_reason(reason), loop().now());
    if (begun && mailbox()) mailbox()->refuse_more();
    if (begun && !delivering_) go_on_later();
    // Also when it was begun before, by somebody whose reader is gone since.
    if (!engine_->open() && !engine_->ended() && nobody_reads()) discard();
    return begun;
}

void Driver::set_reading(bool reading) {
    if (finished_ || discarding_ || reading_ == reading) return;
    const Batch batch(*this);
    if (reading) return resume_reading();
    reading_ = false;
    engine_->set_reading(false, loop().now());
    if (!engine_->ended()) stream_->set_reading(false);
    if (extras_ && extras_->end) wait_for_reading();
}

void Driver::resume_reading() {
    reading_ = true;
    if (extras_) extras_->read_by.reset();
    engine_->set_reading(true, loop().now());
    if (engine_->ended()) return;
    if (has_unread()) return go_on_later();
    stream_->set_reading(true);
}

const std::shared_ptr<Mailbox>& Driver::shared_mailbox() {
    if (!mailbox()) {
        extras().mailbox = std::make_shared<Mailbox>(loop(), *this, profile_.options);
    }
    return extras_->mailbox;
}

void Driver::give_up_slow_peer() {
    const Batch batch(*this, By::loop);
    engine_->fail(CloseCode::policy_violation, TransportError::slow_consumer, loop().now());
    deliver_events();
}

void Driver::close_in_time() {
    no_new_messages_ = true;
    if (nobody_reads()) discard();
    if (!extras().close_by) extras_->close_by = loop().now() + options().close_timeout;
}

void Driver::drop() {
    if (finished_) return;
    const bool inside = batch_depth_ > 0;
    const Batch batch(*this);
    give_up(UsageError::cancelled);
    // A handler still looks at its message.
    if (!inside)
        deliver_events();
    else if (!delivering_)
        go_on_later();
}

// ── to the stream ──

void Driver::flush() {
    if (!writable_ || finished_) return;
    std::size_t waiting = 0;
    bool progress = false;
    do {
        const auto pieces = engine_->poll_transmit();
        std::size_t count = 0;
        std::size_t bytes = 0;
        while (count < pieces.size() && !pieces[count].empty()) bytes += pieces[count++].size();
        if (count == 0) break;
        const bool dropped = extras_ && stream_->broken();
        const std::size_t taken = write(std::span(pieces).first(count), bytes);
        const std::size_t queued = extras_ ? queued_bytes() : 0;
        waiting = engine_->transmitted(taken);
        if (extras_) extras_->count(queued - queued_bytes(), taken, dropped, *stream_);
        writable_ = taken == bytes || stream_->broken();
        progress |= taken > 0;
    } while (writable_ && !finished_ && waiting > 0);
    // What had arrived is still read: it may hold the peer's Close.
    if (has_unread() && reading_ && !stream_ended_ && stream_->broken()) stream_->set_reading(true);
    if (!writable_ || (extras_ && extras_->stalled_since)) {
        extras().watch_progress(writable_, progress, loop().now());
    }
}

void Driver::settle() {
    flush();
    if (!above_high_water_) return;
    // Never so high that there would be no room for what waits for the drain.
    const std::size_t low = std::min(options().low_water_bytes, options().max_buffered_bytes - 1);
    if (engine_->buffered_bytes() > low) return;
    if (by_loop_) tell_drain();
    // What the application answers to it has its turn when others have had theirs.
    if (above_high_water_ && engine_->buffered_bytes() <= low) go_on_later();
}

void Driver::tell_drain() {
    above_high_water_ = false;
    if (mailbox()) mailbox()->deliver();
    if (engine_->open()) call(handlers().on_drain);
    flush();
}

void Driver::end_batch() {
    settle();
    if (mailbox() && !finished_) mailbox()->set_buffered(engine_->buffered_bytes());
    if (const auto rest = engine_->at_rest(); rest && !finished_) {
        schedule(rest->next_timeout);
        return profile_.engines.give(engine_.release(rest->heard_at));
    }
    loop().give_output(engine_->take_output_memory());
    if (finished_) return;
    if (engine_->open()) return schedule(next_timeout());
    if (engine_->ended()) end_stream(loop().now());
    schedule(end_by());
}

// After the end was told: what is queued goes out, then our half ends, and what the peer still
// sends is read and dropped until it ends its half: closing at once would reset the connection and
// could destroy our Close on its way. RFC 6455 section 7.1.1: a client leaves the first step to the
// server.
void Driver::end_stream(Instant now) {
    if (finished_) return;
    if (at_once_ || is_due(end_by(), now)) return finish();
    const bool flushed = engine_->buffered_bytes() == 0;
    if (flushed && ends_behind_queue() && !std::exchange(shut_down_, true)) stream_->shut_down();
    // Not before: to close the stream drops what it still keeps, and over HTTP/2 resets it.
    const bool all_sent = flushed && stream_->flushed();
    if (stream_ended_ && all_sent) return finish();
    // Only to end its own half is left to the peer.
    if (clean_ && shut_down_ && all_sent && !extras().linger_until)
        extras_->linger_until = now + kLingerTime;
    stream_->set_reading(true);
}

void Driver::schedule(std::optional<Instant> next) {
    // A timer that is set already is left alone when life has moved the deadline away: it fires,
    // finds nothing due and is set again. So a busy connection never touches the wheel.
    if (next && !finished_ && (!scheduled() || *next < due()))
        loop().timers().schedule(*this, *next);
}

void Driver::finish() {
    if (std::exchange(finished_, true)) return;
    loop().timers().cancel(*this);
    stream_->close();
    if (mailbox()) mailbox()->detach();
    loop().retire(profile_.registry.remove(*this));
}

}  // namespace tautline::session
