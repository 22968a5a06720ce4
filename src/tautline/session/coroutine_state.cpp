// SPDX-License-Identifier: MIT
#include <tautline/session/coroutine_state.hpp>

#include <utility>

#include <tautline/session/driver.hpp>
#include <tautline/session/mailbox.hpp>
#include <tautline/session/session_error.hpp>

namespace tautline::session {

namespace {

// Shared by all who want the connection to stay open.
struct KeepsOpen {
    explicit KeepsOpen(std::shared_ptr<Mailbox> connection) : mailbox(std::move(connection)) {}
    KeepsOpen(const KeepsOpen&) = delete;
    KeepsOpen& operator=(const KeepsOpen&) = delete;
    ~KeepsOpen() { mailbox->abandon(); }

    const std::shared_ptr<Mailbox> mailbox;
};

}  // namespace

CoroutineState::CoroutineState(Peer& connection)
    : loop(connection.driver().loop()),
      peer(&connection),
      info(connection.driver().info()),
      own_sender(connection.sender()),
      inbox_(connection.driver().options().high_water_bytes) {
    own_sender.keeps_open_ = std::make_shared<KeepsOpen>(own_sender.mailbox_);
}

WebSocket CoroutineState::open(std::shared_ptr<CoroutineState> state) {
    state->peer->driver().set_reader(state);
    return WebSocket(std::move(state));
}

std::shared_ptr<CoroutineState> CoroutineState::of(Peer& peer) {
    return std::static_pointer_cast<CoroutineState>(peer.driver().reader());
}

void CoroutineState::push(PartView part) {
    if (inbox_.push(part)) peer->set_reading(false);
    arrived_.notify();
}

void CoroutineState::receive_pong(Bytes payload, std::optional<Duration> round_trip) {
    if (pings_.receive_pong(payload, round_trip)) pong_.notify();
}

void CoroutineState::receive_closed(const Closed& reason) {
    closed = reason;
    data_ = std::move(held_data());
    peer = nullptr;
    wake_all();
}

void CoroutineState::wake_all() {
    arrived_.notify();
    drained_.notify();
    pong_.notify();
}

// With the connection it ends at the latest when there is no `WebSocket` any more: it may hold a
// sender, which keeps the connection open.
PeerData& CoroutineState::held_data() { return peer ? peer->held_data() : data_; }

void CoroutineState::receive_end_of_stream(std::error_code error) {
    end_of_stream_ = Closed{.error = error};
    pong_.notify();
}

Error CoroutineState::why_no_more() const {
    return session_error(closed ? closed : end_of_stream_);
}

// Frees the coroutines that wait.
void CoroutineState::abandon(PeerData data) {
    if (closed) return;
    closed = Closed{.error = UsageError::cancelled};
    data_ = std::move(data);
    peer = nullptr;
    arrived_.abandon();
    drained_.abandon();
    pong_.abandon();
    turn_.abandon();
}

template <typename Taken>
std::optional<Taken> CoroutineState::take(Take<Taken> from_inbox) {
    auto taken = (inbox_.*from_inbox)();
    if (inbox_.resumes() && peer) peer->set_reading(true);
    return taken;
}

// For calls whose end may be far: those of `close` and of a turn come in any case.
asio::awaitable<bool> CoroutineState::wait_on(io::Signal& signal) {
    return left_ ? refuse_to_wait() : signal.wait();
}

asio::awaitable<bool> CoroutineState::refuse_to_wait() { co_return false; }

asio::awaitable<std::expected<Message, Closed>> CoroutineState::receive() {
    if (inbox_.refuses_message(closed.has_value())) return refuse_inside_message();
    return wait_and_take(shared_from_this(), &Inbox::take_message);
}

asio::awaitable<std::expected<Part, Closed>> CoroutineState::receive_part() {
    return wait_and_take(shared_from_this(), &Inbox::take_part);
}

asio::awaitable<std::expected<Message, Closed>> CoroutineState::refuse_inside_message() {
    co_return std::unexpected(Closed{.error = UsageError::message_open});
}

template <typename Taken>
asio::awaitable<std::expected<Taken, Closed>> CoroutineState::wait_and_take(
    Self self, Take<Taken> from_inbox) {
    while (true) {
        if (auto taken = self->take(from_inbox)) co_return *std::move(taken);
        if (self->closed) co_return std::unexpected(*self->closed);
        const bool notified = co_await self->wait_on(self->arrived_);
        if (!notified) co_return std::unexpected(Closed{.error = UsageError::cancelled});
    }
}

namespace {

// Nothing begins behind a close: not open though the end is not told yet, somebody has closed, or
// the stream broke behind what is not received yet.
bool begins_too_late(const Driver& driver, const Sender& own) {
    return !driver.message_open() && !own.open();
}

std::expected<Sent, UsageError> send_now(Peer& peer, const PartView& part, SendOptions options) {
    if (part.first && part.last) return peer.send(MessageView{part.type, part.bytes}, options);
    return peer.send_part(part.type, part.bytes, part.last, options);
}

}  // namespace

asio::awaitable<std::expected<void, Error>> CoroutineState::send(PartView part,
                                                                 SendOptions options) {
    if (!peer || begins_too_late(peer->driver(), own_sender)) return failed(UsageError::closed);
    sent_in_turn_ += kSendCost + part.bytes.size();
    const auto sent = send_if_room(part, options);
    if (sent) return wait_for_room(shared_from_this(), *sent);
    if (sent.error() != UsageError::queue_full) return failed(sent.error());
    return send_when_room(shared_from_this(), Part(part), options);
}

// Where others could not wait, and would lose the connection.
std::expected<Sent, UsageError> CoroutineState::send_if_room(PartView part, SendOptions options) {
    session::Driver& driver = peer->driver();
    const ConnectionOptions& limits = driver.options();
    const bool full = driver.buffered_amount() >= limits.max_buffered_bytes;
    if (!full || limits.overflow != OverflowPolicy::wait) return send_now(*peer, part, options);
    driver.promise_drain();
    return std::unexpected(UsageError::queue_full);
}

asio::awaitable<std::expected<void, Error>> CoroutineState::failed(UsageError error) {
    co_return std::unexpected(session_error(error));
}

// The message is taken already: a connection that ends meanwhile, or a cancellation, is no failure
// of this call. The drain may be over when somebody comes to await it.
asio::awaitable<std::expected<void, Error>> CoroutineState::wait_for_room(Self self, Sent sent) {
    bool goes_on = true;
    if (self->sent_in_turn_ >= kSentInTurn) goes_on = co_await wait_for_turn(self);
    // Another wait would throw, or wait on, in a coroutine that was cancelled.
    if (goes_on && sent == Sent::queued) co_await wait_for_drain(self);
    co_return std::expected<void, Error>();
}

// Here and below the result of a wait has a name of its own: g++ 12 makes an endless loop of some
// loops that ask `if (!co_await ...)`.
asio::awaitable<void> CoroutineState::wait_for_drain(Self self) {
    while (self->peer && self->peer->driver().drain_follows()) {
        const bool notified = co_await self->wait_on(self->drained_);
        if (!notified) co_return;
    }
}

// A coroutine that sends to a fast reader never has to wait: others want the loop too.
asio::awaitable<bool> CoroutineState::wait_for_turn(Self self) {
    self->sent_in_turn_ = 0;
    self->loop.post([weak = std::weak_ptr(self)] {
        if (const auto state = weak.lock()) state->turn_.notify();
    });
    co_return co_await self->turn_.wait();
}

asio::awaitable<std::expected<void, Error>> CoroutineState::send_when_room(Self self, Part part,
                                                                           SendOptions options) {
    while (self->peer) {
        const auto sent = self->send_if_room(part, options);
        if (sent) co_return co_await wait_for_room(self, *sent);
        if (sent.error() != UsageError::queue_full) {
            co_return std::unexpected(session_error(sent.error()));
        }
        const bool notified = co_await self->wait_on(self->drained_);
        if (!notified) co_return std::unexpected(session_error(UsageError::cancelled));
    }
    co_return std::unexpected(session_error(self->closed));
}

asio::awaitable<std::expected<Duration, Error>> CoroutineState::ping(Self self) {
    const auto number = self->pings_.begin();
    if (self->answered_no_more()) co_return std::unexpected(self->why_no_more());
    if (const auto sent = self->peer->ping(PingNumbers::payload_of(number)); !sent) {
        co_return std::unexpected(session_error(sent.error()));
    }
    while (!self->pings_.answered(number)) {
        if (self->answered_no_more()) co_return std::unexpected(self->why_no_more());
        const bool notified = co_await self->wait_on(self->pong_);
        if (!notified) co_return std::unexpected(session_error(UsageError::cancelled));
    }
    co_return self->pings_.round_trip();
}

asio::awaitable<Closed> CoroutineState::close(Self self, CloseCode code, std::string reason) {
    if (self->peer) {
        const auto begun = self->peer->close(code, reason);
        if (!begun && begun.error() != UsageError::closed) {
            co_return Closed{.error = begun.error()};
        }
    }
    self->stop_receiving();
    while (!self->closed) {
        const bool notified = co_await self->arrived_.wait();
        if (!notified) co_return Closed{.error = UsageError::cancelled};
    }
    co_return *self->closed;
}

void CoroutineState::stop_receiving() {
    if (inbox_.stop_keeping() && peer) peer->set_reading(true);
}

void CoroutineState::let_go(Self self) {
    const auto mailbox = self->own_sender.mailbox_;
    mailbox->run([self = std::move(self)] { self->leave(); });
}

// The senders may keep the connection open: it is read on for them. Calls that wait hold the state,
// and would hold it for ever. They go on in a later turn, as with Asio's cancellation; those that
// were begun before, as a `close` that is spawned, come first, and close in their own way.
void CoroutineState::leave() {
    left_ = true;
    stop_receiving();
    loop.post([weak = weak_from_this()] {
        const auto state = weak.lock();
        if (!state) return;
        state->wake_all();
        state->own_sender.keeps_open_.reset();
    });
}

Handlers coroutine_handlers(std::function<void(WebSocket)> on_open) {
    Handlers handlers;
    handlers.on_open = [on_open = std::move(on_open)](Peer& peer) {
        on_open(CoroutineState::open(std::make_shared<CoroutineState>(peer)));
    };
    handlers.on_message = [](Peer& peer, MessageView message) {
        if (const auto state = CoroutineState::of(peer)) state->push({message.type, message.bytes});
    };
    handlers.on_part = [](Peer& peer, PartView part) {
        if (const auto state = CoroutineState::of(peer)) state->push(part);
    };
    handlers.on_pong = [](Peer& peer, Bytes payload, std::optional<Duration> round_trip) {
        if (const auto state = CoroutineState::of(peer)) state->receive_pong(payload, round_trip);
    };
    handlers.on_drain = [](Peer& peer) {
        if (const auto state = CoroutineState::of(peer)) state->receive_drain();
    };
    handlers.on_closed = [](Peer& peer, const Closed& closed) {
        if (const auto state = CoroutineState::of(peer)) state->receive_closed(closed);
    };
    return handlers;
}

}  // namespace tautline::session
