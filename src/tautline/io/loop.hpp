// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/io/system_random.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/io/warm_set.hpp>

namespace tautline::io {

/// What all connections of one `asio::io_context` share: the set of hot sockets, the timer wheel,
/// randomness, and the buffers that are too large for every connection to own.
///
/// Lifetime: part of its io_context, made by the first `of`, destroyed with it. Streams, timers and
/// descriptors that outlive it may only be destroyed.
/// Threads: the one that runs the io_context, except for `post` and `running_here`.
class Loop final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    /// Bytes in each of the shared buffers.
    static constexpr std::size_t kSharedBytes = std::size_t{256} * 1024;
    /// Bytes before and after each of them that may be overwritten.
    static constexpr std::size_t kSlackBytes = 64;

    /// The loop of `context`.
    [[nodiscard]] static Loop& of(asio::io_context& context);

    /// For Asio. Use `of`.
    explicit Loop(asio::io_context& context);
    ~Loop() override;

    [[nodiscard]] asio::io_context& context() { return context_; }
    [[nodiscard]] ReadinessSet& readiness() { return readiness_; }
    /// For listening sockets: apart, so that a lone connection is alone in its set.
    [[nodiscard]] ReadinessSet& listening();
    [[nodiscard]] TimerWheel& timers() { return timers_; }
    /// The busy ones of those who keep much memory only while they are.
    [[nodiscard]] WarmSet& warm() { return warm_; }
    [[nodiscard]] RandomBytes& random() { return random_; }
    /// The time. It stays the same during one batch of ready sockets.
    [[nodiscard]] Instant now() const;

    /// Memory to read sockets into. It is overwritten after the handler returns.
    [[nodiscard]] MutableBytes receive_buffer();
    /// Memory that TLS decrypts into, valid as long.
    [[nodiscard]] MutableBytes plaintext_buffer();

    /// Lends a buffer to collect output in: one that was given back, or one without memory.
    [[nodiscard]] Buffer take_output();
    /// Takes a buffer for the next `take_output`. A few are kept, none over 2 MiB.
    void give_output(Buffer buffer);

    /// Destroys `object` in a later turn: for an object that is still on the call stack. Takes
    /// unique pointers too.
    void retire(std::shared_ptr<void> object);
    /// Calls `node.on_turn()` in a later turn.
    void call_soon(TurnNode& node) { turns_.add(node); }

    /// Whether the calling thread runs the loop right now. Any thread.
    [[nodiscard]] bool running_here() const;
    /// Runs `task` on the loop, in a later turn. Any thread.
    void post(std::move_only_function<void()> task);

private:
    void shutdown() override;
    void arm_timer();
    void fire_timers();
    void drop_retired();
    [[nodiscard]] static MutableBytes shared(std::unique_ptr<std::byte[]>& memory);

    asio::io_context& context_;
    asio::steady_timer timer_;
    std::optional<Instant> armed_;  // What `timer_` waits for.
    ReadinessSet readiness_;
    std::optional<ReadinessSet> listening_;  // Made when first asked for: clients need none.
    TimerWheel timers_;
    WarmSet warm_;
    TurnQueue turns_;
    SystemRandom random_;
    std::unique_ptr<std::byte[]> received_;  // Allocated when first asked for.
    std::unique_ptr<std::byte[]> plaintext_;
    std::vector<Buffer> spare_output_;
    std::vector<std::shared_ptr<void>> retired_;
};

}  // namespace tautline::io
