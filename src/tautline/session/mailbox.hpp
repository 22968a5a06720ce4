// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/session/message.hpp>

namespace tautline {
class Peer;
}

namespace tautline::session {

class Driver;

/// What other threads want from a driver. On the driver's own thread it goes straight through.
///
/// Made only for connections that somebody sends to from elsewhere.
/// Limits: refuses messages when `max_buffered_bytes` wait here and in the engine together; each
/// message that waits here is charged for itself, too.
/// Lifetime: shared by senders and the driver; survives the driver and then says `closed`.
/// Threads: any, but for `close_behind`, `deliver`, `delivering`, `set_buffered` and `detach`,
/// which are the driver's.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
public:
    Mailbox(io::Loop& loop, Driver& driver, std::shared_ptr<const ConnectionOptions> options);

    std::expected<Sent, UsageError> send(MessageType type, Bytes payload, SendOptions options);
    std::expected<void, UsageError> close(CloseCode code, std::string_view reason);
    [[nodiscard]] std::size_t buffered_amount() const;
    [[nodiscard]] bool open() const { return open_.load(std::memory_order_relaxed); }

    /// Nobody uses the connection any more: closes with 1001, also behind a `close` that somebody
    /// else asked for, as nobody takes what still arrives either.
    void abandon();

    /// As `close`, but on the thread of the loop, in a batch, and also behind what waits for room
    /// or for the end of a message in parts.
    std::expected<void, UsageError> close_behind(CloseCode code, std::string_view reason);
    /// Hands over what waits, as far as the engine takes it.
    void deliver();
    /// Whether it is doing so: what was sent before a close that waits goes out all the same.
    [[nodiscard]] bool delivering() const { return delivering_; }
    void set_buffered(std::size_t bytes) { buffered_.store(bytes, std::memory_order_relaxed); }
    /// `Sender::post`.
    std::expected<void, UsageError> post(std::move_only_function<void(Peer&)> task);
    /// Runs `task` on the loop, at once on its thread; not at all when the driver is gone.
    void run(std::move_only_function<void()> task);
    /// Nothing more is accepted.
    void refuse_more() { open_ = false; }
    /// Calls the driver in a later turn of its loop, if it is still there.
    void call_later(void (Driver::*task)());
    /// The driver is gone.
    void detach();

private:
    struct Letter {
        enum class Kind : unsigned char { message, close } kind;
        MessageType type = MessageType::text;
        SendOptions options = {};
        CloseCode code = CloseCode::normal;
        std::string payload = {};
    };

    // Under the mutex.
    std::expected<Sent, UsageError> post_message(MessageType type, Bytes payload,
                                                 SendOptions options);
    std::expected<Sent, UsageError> overflow();
    std::expected<void, UsageError> put_close(CloseCode code, std::string_view reason);
    void post_letter(Letter letter);
    void post_delivery();

    bool deliver_next();

    io::Loop& loop_;
    std::shared_ptr<const ConnectionOptions> options_;
    mutable std::mutex mutex_;
    Driver* driver_;  // null once it is gone; changes only under the mutex
    std::deque<Letter> letters_;
    std::size_t letter_bytes_ = 0;
    bool posted_ = false;
    bool delivering_ = false;    // of the driver's thread alone
    bool drain_wanted_ = false;  // somebody was told to wait for one
    std::atomic<std::size_t> buffered_ = 0;
    std::atomic<bool> open_ = true;
};

}  // namespace tautline::session
