// SPDX-License-Identifier: MIT
#include <tautline/client/reconnector.hpp>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <tautline/base/contained.hpp>
#include <tautline/base/deadline.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline::client {

namespace {

// How our own Pings are told from those of the application.
constexpr std::string_view kQuestion = "tautline:arrived:";

// How often to look whether a message in parts has ended that others wait behind.
constexpr auto kLookAgain = std::chrono::milliseconds(50);

// Calls `handler` itself, as a copy would have variables of its own in each connection.
template <typename Handler>
Handler same(const Handler& handler) {
    return handler ? Handler(std::cref(handler)) : Handler();
}

std::string endpoint_of(std::string_view url) {
    const auto uri = http::parse_uri(url);
    return uri ? uri->endpoint() : std::string();
}

// What the application throws when it is told something changes nothing.
template <typename Handler, typename... Arguments>
void tell(const Handler& handler, Arguments&&... arguments) {
    if (handler) (void)contained([&] { handler(std::forward<Arguments>(arguments)...); });
}

// Nobody knows whether to go on after an exception, so it ends.
template <typename Question, typename Subject>
bool says_yes(const Question& question, const Subject& subject) {
    bool yes = false;
    return !contained([&] { yes = question(subject); }) || yes;
}

}  // namespace

std::shared_ptr<ReconnectMailbox> Reconnector::start(io::Loop& loop, ReconnectSetup setup) {
    auto reconnector = std::make_shared<Reconnector>(loop, std::move(setup));
    loop.call_soon(*reconnector);
    auto mailbox = reconnector->mailbox_;
    auto& registry = reconnector->registry_;
    registry.add(std::move(reconnector));
    return mailbox;
}

Reconnector::Reconnector(io::Loop& loop, ReconnectSetup setup)
    : loop_(loop),
      registry_(session::owner_of_new_client(loop)),
      setup_(std::move(setup)),
      handlers_(std::make_shared<const Handlers>(std::move(setup_.handlers))),
      endpoint_(endpoint_of(setup_.url)),
      backoff_(setup_.options),
      mailbox_(std::make_shared<ReconnectMailbox>(loop, setup_.options.max_kept_bytes,
                                                  [this] { on_turn(); })) {
    // So that `on_drain` says that all is written.
    setup_.client_options.connection.low_water_bytes = 0;
}

Reconnector::~Reconnector() { mailbox_->detach(); }

// ── turns ──

void Reconnector::on_turn() {
    std::visit([this](auto& state) { take_turn(state); }, state_);
    const bool room = mailbox_->locked([](auto& ledger) { return ledger.room_again(); });
    const bool over = std::holds_alternative<Over>(state_);
    if (room && !over) tell(setup_.reconnect_handlers.on_room);
}

void Reconnector::take_turn(Fresh&) {
    if (const auto checked = check(setup_.options); !checked) return finish(checked.error());
    mailbox_->stopping() || session::clients_ended(loop_) ? finish(stopped()) : dial();
}

void Reconnector::take_turn(Dialing& dialing) {
    if (dialing.failed) {
        const Error error = std::move(*dialing.failed);
        return go_on_or_stop({.error = error}, is_over(error), {});
    }
    const auto call = dialing.call.lock();
    if (call && mailbox_->stopping()) call->cancel();
}

void Reconnector::take_turn(Open& open) {
    if (end_) return connection_ended(std::exchange(open, {}), *std::exchange(end_, std::nullopt));
    const bool more = hand_over(*open.driver);
    if (end_) return;  // a turn follows
    if (open.driver->buffered_amount() > 0) {
        open.driver->promise_drain();
    } else {
        ask(open);
        if (more) loop_.call_soon(*this);
    }
    if (mailbox_->stopping()) return stop_in_order(open);
    if (!open.question && blocked(*open.driver)) {
        loop_.timers().schedule(*this, loop_.now() + kLookAgain);
    }
}

void Reconnector::take_turn(Waiting&) {
    if (mailbox_->stopping()) finish(stopped());
}

void Reconnector::on_timer(Instant now) {
    if (std::holds_alternative<Waiting>(state_)) return dial();
    auto* open = std::get_if<Open>(&state_);
    if (!open || end_) return;
    if (is_due(open->close_at, now)) {
        (void)open->driver->close(CloseCode::normal, {});
        return;
    }
    if (open->question && !open->close_at) {
        (void)open->driver->ping(as_bytes(open->question->payload));
        loop_.timers().schedule(*this, now + setup_.options.ask_again);
    }
    loop_.call_soon(*this);
}

// ── a connection begins and ends ──

void Reconnector::dial() {
    state_ = Dialing{Call::start(loop_, setup_.url, setup_.client_options, connection_handlers(),
                                 [this](auto result) { call_ended(std::move(result)); })};
}

void Reconnector::call_ended(Call::Result result) {
    if (result) {
        state_ = Open{.driver = *result, .since = loop_.now()};
    } else {
        state_ = Dialing{.call = {}, .failed = std::move(result.error())};
    }
    loop_.call_soon(*this);
}

Handlers Reconnector::connection_handlers() {
    Handlers handlers{.on_open = same(handlers_->on_open),
                      .on_message = same(handlers_->on_message),
                      .on_part = same(handlers_->on_part),
                      .on_ping = same(handlers_->on_ping)};
    handlers.on_pong = [this](Peer& peer, Bytes payload, std::optional<Duration> round_trip) {
        receive_pong(peer, payload, round_trip);
    };
    handlers.on_drain = [this](Peer& peer) {
        loop_.call_soon(*this);
        if (handlers_->on_drain) handlers_->on_drain(peer);
    };
    // The connection keeps them, for it may be there longer than this.
    handlers.on_closed = [this, kept = handlers_](Peer& peer, const Closed& how) {
        connection_closed(how);
        if (kept->on_closed) kept->on_closed(peer, how);
    };
    return handlers;
}

void Reconnector::connection_closed(const Closed& how) {
    const auto* open = std::get_if<Open>(&state_);
    const std::uint64_t written = open ? open->driver->written_bytes() : 0;
    end_ = End{.how = how, .at = loop_.now(), .written = written};
    loop_.timers().cancel(*this);
    loop_.call_soon(*this);
    // What is queued would still go out behind the end, and then arrive twice.
    const bool unwritten =
        mailbox_->locked([written](auto& ledger) { return ledger.unwritten(written); });
    if (unwritten) open->driver->cut();
}

void Reconnector::connection_ended(const Open& open, const End& end) {
    backoff_.connection_lasted(end.at - open.since);
    Outage outage{.error = error_for(end.how)};
    if (end.how.by_peer && !end.how.error) outage.close_code = end.how.code;
    // Neither a failure nor the peer: the application closed.
    const bool own_wish = !end.how.by_peer && !end.how.error;
    const bool refused =
        outage.close_code && says_yes(setup_.options.is_final_close, *outage.close_code);
    const bool over = own_wish || refused || is_over(outage.error);
    const bool resend = setup_.options.resend_unconfirmed && !over;
    go_on_or_stop(std::move(outage), over, mailbox_->locked([&end, resend](auto& ledger) {
        return ledger.end_connection(end.written, resend);
    }));
}

bool Reconnector::is_over(const Error& error) const {
    const unsigned most = setup_.options.max_attempts;
    return mailbox_->stopping() || says_yes(setup_.options.is_final, error) ||
           (most > 0 && backoff_.attempts() >= most);
}

void Reconnector::go_on_or_stop(Outage outage, bool over, std::vector<Message> lost) {
    loop_.timers().cancel(*this);
    state_ = Waiting();
    if (!lost.empty()) tell(setup_.reconnect_handlers.on_lost, std::move(lost));
    over ? finish(outage.error) : wait(std::move(outage));
}

void Reconnector::wait(Outage outage) {
    outage.delay = std::max(backoff_.next(loop_.random()), asked_delay(outage));
    outage.attempt = backoff_.attempts();
    loop_.timers().schedule(*this, loop_.now() + outage.delay);
    tell(setup_.reconnect_handlers.on_outage, outage);
}

// What the server asked for: by the code of its Close, or by a field of its refusal.
Duration Reconnector::asked_delay(const Outage& outage) const {
    const auto code = outage.close_code;
    if (code == CloseCode::service_restart || code == CloseCode::try_again_later) {
        return backoff_.after_restart(loop_.random());
    }
    const auto asked = retry_after(outage.error);
    if (!asked) return Duration::zero();
    return backoff_.after_refusal(std::min(*asked, setup_.options.max_retry_after), loop_.random());
}

void Reconnector::finish(const Error& error) {
    loop_.timers().cancel(*this);
    state_ = Over();
    mailbox_->detach();
    auto kept = mailbox_->locked([](auto& ledger) { return ledger.take_waiting(); });
    loop_.retire(registry_.remove(*this));
    tell(setup_.reconnect_handlers.on_stopped, mailbox_->stopping() ? stopped() : error,
         std::move(kept));
}

// ── messages ──

// Whether there are more than fit into what is written at once.
bool Reconnector::hand_over(session::Driver& driver) {
    const auto& limits = driver.options();
    const std::size_t limit = std::min(limits.high_water_bytes, limits.max_buffered_bytes);
    const session::Driver::Batch batch(driver);
    while (driver.buffered_amount() == 0 || driver.buffered_amount() < limit) {
        const auto* kept = mailbox_->locked([](auto& ledger) { return ledger.next(); });
        if (!kept) return false;
        const auto& [message, options] = *kept;
        if (!driver.send(message.type(), message.bytes(), options)) return false;
        const std::uint64_t ends_at = driver.sent_bytes();
        mailbox_->locked([ends_at](auto& ledger) { ledger.hand_over(ends_at); });
    }
    return true;
}

// Whether messages wait for the end of one that the application sends in parts.
bool Reconnector::blocked(const session::Driver& driver) {
    return driver.message_open() &&
           mailbox_->locked([](auto& ledger) { return ledger.next() != nullptr; });
}

// All is written.
void Reconnector::ask(Open& open) {
    if (open.question) return;
    const std::uint64_t messages = mailbox_->locked(
        [](auto& ledger) { return ledger.all_confirmed() ? 0 : ledger.handed_over(); });
    if (messages == 0) return;
    std::string payload = std::string(kQuestion) + std::to_string(++questions_);
    if (!open.driver->ping(as_bytes(payload))) return;
    open.question = Question{.payload = std::move(payload), .messages = messages};
    if (!open.close_at) loop_.timers().schedule(*this, loop_.now() + setup_.options.ask_again);
}

void Reconnector::receive_pong(Peer& peer, Bytes payload, std::optional<Duration> round_trip) {
    if (!as_text(payload).starts_with(kQuestion)) {
        if (handlers_->on_pong) handlers_->on_pong(peer, payload, round_trip);
        return;
    }
    auto* open = std::get_if<Open>(&state_);
    if (!open || !open->question || open->question->payload != as_text(payload)) return;
    mailbox_->locked([open](auto& ledger) { ledger.confirm(open->question->messages); });
    open->question.reset();
    if (!open->close_at) loop_.timers().cancel(*this);
    loop_.call_soon(*this);
}

void Reconnector::stop_in_order(Open& open) {
    const Instant now = loop_.now();
    if (!open.close_at) open.close_at = now + setup_.client_options.connection.close_timeout;
    const Instant look = blocked(*open.driver) ? now + kLookAgain : *open.close_at;
    loop_.timers().schedule(*this, std::min(*open.close_at, look));
    const bool arrived = mailbox_->locked([](auto& ledger) { return ledger.empty(); });
    if (arrived) (void)open.driver->close(CloseCode::normal, {});
}

// ── words ──

Error Reconnector::error_for(const Closed& how) const {
    const std::string code = std::to_string(static_cast<unsigned>(how.code)) + " (" +
                             std::string(name_for(how.code)) + ")";
    const std::string who = how.by_peer ? "the peer" : "the application";
    return {.code = how.error,
            .phase = Phase::session,
            .endpoint = endpoint_,
            .message = how.error ? "the connection was lost: " + how.error.message()
                                 : who + " closed the connection with " + code};
}

Error Reconnector::stopped() const {
    return {.code = UsageError::cancelled,
            .phase = Phase::usage,
            .endpoint = endpoint_,
            .message = "it was stopped by the application"};
}

}  // namespace tautline::client
