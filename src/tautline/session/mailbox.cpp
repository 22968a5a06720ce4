// SPDX-License-Identifier: MIT
#include <tautline/session/mailbox.hpp>

#include <utility>

#include <tautline/base/utf8.hpp>
#include <tautline/session/driver.hpp>

namespace tautline::session {

Mailbox::Mailbox(io::Loop& loop, Driver& driver, std::shared_ptr<const ConnectionOptions> options)
    : loop_(loop),
      options_(std::move(options)),
      driver_(&driver),
      buffered_(driver.buffered_amount()) {}

std::expected<Sent, UsageError> Mailbox::send(MessageType type, Bytes payload,
                                              SendOptions options) {
    std::unique_lock lock(mutex_);
    if (!driver_ || !open()) return std::unexpected(UsageError::closed);
    // The loop may be gone as soon as the driver is: it is asked only under the mutex.
    if (!loop_.running_here()) return post_message(type, payload, options);
    Driver& driver = *driver_;
    lock.unlock();
    const Driver::Batch batch(driver);
    deliver();
    return driver.send(type, payload, options);
}

std::expected<Sent, UsageError> Mailbox::post_message(MessageType type, Bytes payload,
                                                      SendOptions options) {
    if (type == MessageType::text && !is_utf8(payload)) {
        return std::unexpected(UsageError::text_not_utf8);
    }
    const std::size_t waiting = letter_bytes_ + buffered_.load(std::memory_order_relaxed);
    const std::size_t charged = waiting + letters_.size() * sizeof(Letter);
    if (charged >= options_->max_buffered_bytes) return overflow();
    letter_bytes_ += payload.size();
    post_letter({.kind = Letter::Kind::message,
                 .type = type,
                 .options = options,
                 .payload = std::string(as_text(payload))});
    if (waiting + payload.size() <= options_->high_water_bytes) return Sent::taken;
    // The driver may never see so much, and so owe nobody a drain: it writes what it is handed.
    drain_wanted_ = true;
    return Sent::queued;
}

std::expected<Sent, UsageError> Mailbox::overflow() {
    switch (options_->overflow) {
        case OverflowPolicy::refuse:
            drain_wanted_ = true;
            post_delivery();
            return std::unexpected(UsageError::queue_full);
        case OverflowPolicy::drop: return Sent::dropped;
        case OverflowPolicy::wait:  // this caller cannot
        case OverflowPolicy::close: break;
    }
    open_ = false;
    call_later(&Driver::give_up_slow_peer);
    return std::unexpected(UsageError::closed);
}

std::expected<void, UsageError> Mailbox::close(CloseCode code, std::string_view reason) {
    std::unique_lock lock(mutex_);
    if (!driver_ || !open()) return std::unexpected(UsageError::closed);
    if (!loop_.running_here()) {
        auto put = put_close(code, reason);
        if (put) post_delivery();
        return put;
    }
    Driver& driver = *driver_;
    lock.unlock();
    const Driver::Batch batch(driver);
    return driver.message_open() ? close_behind(code, reason) : driver.close(code, reason);
}

std::expected<void, UsageError> Mailbox::close_behind(CloseCode code, std::string_view reason) {
    std::unique_lock lock(mutex_);
    auto put = put_close(code, reason);
    lock.unlock();
    if (put) deliver();
    return put;
}

std::expected<void, UsageError> Mailbox::put_close(CloseCode code, std::string_view reason) {
    if (!open()) return std::unexpected(UsageError::closed);
    const std::string_view fitting = fitting_reason(reason);
    if (const auto wrong = check_close(code, fitting); !wrong) return wrong;
    open_ = false;
    letters_.push_back(
        {.kind = Letter::Kind::close, .code = code, .payload = std::string(fitting)});
    return {};
}

void Mailbox::abandon() {
    if (close(CloseCode::going_away, {})) return;
    const std::lock_guard lock(mutex_);
    if (driver_) post_letter({.kind = Letter::Kind::close, .code = CloseCode::going_away});
}

void Mailbox::post_letter(Letter letter) {
    letters_.push_back(std::move(letter));
    post_delivery();
}

void Mailbox::post_delivery() {
    if (std::exchange(posted_, true)) return;
    loop_.post([weak = weak_from_this()] {
        if (const auto mailbox = weak.lock()) mailbox->deliver();
    });
}

std::size_t Mailbox::buffered_amount() const {
    const std::lock_guard lock(mutex_);
    return letter_bytes_ + buffered_.load(std::memory_order_relaxed);
}

void Mailbox::deliver() {
    std::unique_lock lock(mutex_);
    posted_ = false;
    if (!driver_) return;
    Driver& driver = *driver_;
    std::size_t count = letters_.size();  // what is posted meanwhile has a turn of its own
    lock.unlock();
    const Driver::Batch batch(driver);
    delivering_ = true;
    while (count > 0 && deliver_next()) --count;
    delivering_ = false;
    lock.lock();
    const bool waits = count > 0 && !letters_.empty();
    const bool closes = waits && letters_.back().kind == Letter::Kind::close;
    // The end of a message in parts goes on with what waits.
    const bool drain = !driver.message_open() && (std::exchange(drain_wanted_, false) || waits);
    lock.unlock();
    if (closes) driver.close_in_time();
    if (drain) driver.promise_drain();
}

// One letter at a time, and the mutex is not held while the driver takes it: other threads need not
// wait for that, and an observer, who is told of it, may send.
bool Mailbox::deliver_next() {
    std::unique_lock lock(mutex_);
    if (letters_.empty() || !driver_) return false;
    Driver& driver = *driver_;
    // What was promised is kept: when the engine is full the letter waits for the next drain.
    const bool message = letters_.front().kind == Letter::Kind::message;
    const bool full = driver.buffered_amount() >= options_->max_buffered_bytes;
    if (message && (full || driver.message_open())) return false;
    const Letter letter = std::move(letters_.front());
    letters_.pop_front();
    if (message) letter_bytes_ -= letter.payload.size();
    lock.unlock();
    if (message) {
        (void)driver.send(letter.type, as_bytes(letter.payload), letter.options);
    } else {
        (void)driver.begin_close(letter.code, letter.payload);
    }
    return true;
}

// On that loop nobody else ends the driver meanwhile.
void Mailbox::call_later(void (Driver::*task)()) {
    loop_.post([mailbox = shared_from_this(), task] {
        if (mailbox->driver_) (mailbox->driver_->*task)();
    });
}

std::expected<void, UsageError> Mailbox::post(std::move_only_function<void(Peer&)> task) {
    const std::lock_guard lock(mutex_);
    if (!driver_) return std::unexpected(UsageError::closed);
    loop_.post([weak = weak_from_this(), task = std::move(task)]() mutable {
        const auto mailbox = weak.lock();
        if (mailbox && mailbox->driver_) mailbox->driver_->run(task);
    });
    return {};
}

void Mailbox::run(std::move_only_function<void()> task) {
    std::unique_lock lock(mutex_);
    if (!driver_) return;
    if (!loop_.running_here()) return loop_.post(std::move(task));
    lock.unlock();
    task();
}

void Mailbox::detach() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    driver_ = nullptr;
    letters_.clear();
    letter_bytes_ = 0;
}

}  // namespace tautline::session
