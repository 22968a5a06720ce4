// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include <tautline/base/time.hpp>

namespace tautline::io {

class TimerWheel;

/// One deadline. Derive from it, and schedule it with a `TimerWheel`.
///
/// Lifetime: the destructor takes it out of its wheel.
class TimerNode {
public:
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;

    /// The deadline has passed. The node is not scheduled any more and may be scheduled again or
    /// destroyed in here, and so may any other node.
    virtual void on_timer(Instant now) = 0;

    [[nodiscard]] bool scheduled() const { return wheel_ != nullptr; }
    /// The instant that it was last scheduled for.
    [[nodiscard]] Instant due() const { return due_; }

protected:
    TimerNode() = default;
    virtual ~TimerNode();

private:
    friend class TimerWheel;
    TimerWheel* wheel_ = nullptr;  // Null when not scheduled.
    TimerNode* previous_ = nullptr;
    TimerNode* next_ = nullptr;
    Instant due_{};
    std::uint8_t level_ = 0;  // Where in the wheel it is.
    std::uint8_t slot_ = 0;
};

/// Coarse deadlines for very many connections: no allocation, and O(1) to schedule and to cancel,
/// however many there are.
///
/// Six wheels of 64 slots; a slot of the first is one tick long, a slot of the next is as long as
/// the whole wheel before it. A node waits in the slot of the coarsest digit (of base 64) in which
/// its tick differs from the present one, and moves to a finer wheel when the time gets there: at
/// most five moves in its life. Bitmaps show the next slot that is not empty, so that time without
/// deadlines costs nothing.
/// Units and limits: ticks of 10 ms. A node fires at the first tick that is not before its
/// deadline: never early, late by a tick. Deadlines more than 21 years after `start` count as 21
/// years.
/// Calling order: `advance` with a time that does not go back, whenever `next_due()` has come.
/// Threads: one at a time.
class TimerWheel {
public:
    static constexpr Duration kTick = std::chrono::milliseconds(10);

    /// `on_change` is called by `schedule` and `cancel` when `next_due()` became earlier or empty.
    explicit TimerWheel(Instant start, std::move_only_function<void()> on_change = {});
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// (Re)schedules `node`. A deadline that has passed already means the next tick.
    void schedule(TimerNode& node, Instant due);
    /// Takes `node` out. Nothing happens when it is not scheduled.
    void cancel(TimerNode& node);
    /// Takes all nodes out without calling them.
    void clear();

    /// Calls the nodes that are due, in the order of their ticks. Handles at most `limit` nodes, so
    /// that a crowd with one deadline does not hold up everything else: `next_due()` is not after
    /// `now` then. Returns how many nodes were called.
    std::size_t advance(Instant now, std::size_t limit = std::numeric_limits<std::size_t>::max());

    /// When to call `advance` next: not later than the earliest deadline, but it may be earlier.
    [[nodiscard]] std::optional<Instant> next_due() const;
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::size_t kLevels = 6;
    static constexpr unsigned kBits = 6;
    static constexpr std::size_t kSlots = std::size_t{1} << kBits;

    // A list, linked through the nodes.
    struct Slot {
        TimerNode* first = nullptr;
        TimerNode* last = nullptr;
    };
    struct Level {
        std::uint64_t occupied = 0;  // One bit a slot.
        std::array<Slot, kSlots> slots;
    };
    // A slot that is not empty, and the tick at which it must be looked at.
    struct Position {
        std::size_t level;
        std::size_t slot;
        std::uint64_t tick;
    };

    [[nodiscard]] std::uint64_t tick_not_before(Instant due) const;
    [[nodiscard]] std::uint64_t tick_not_after(Instant now) const;
    [[nodiscard]] Position position_for(std::uint64_t tick) const;
    [[nodiscard]] std::optional<Position> next_position() const;
    [[nodiscard]] Slot& slot_of(const TimerNode& node);
    Position link(TimerNode& node, std::uint64_t tick);
    void unlink(TimerNode& node);
    void changed();

    Instant start_;
    std::move_only_function<void()> on_change_;
    std::uint64_t elapsed_ = 0;               // The tick up to which everything was handled.
    std::optional<std::uint64_t> next_tick_;  // Lower bound for the next tick with work.
    std::size_t size_ = 0;
    bool advancing_ = false;
    std::array<Level, kLevels> levels_{};
};

}  // namespace tautline::io
