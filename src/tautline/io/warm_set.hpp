// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include <tautline/base/time.hpp>
#include <tautline/io/timer_wheel.hpp>

namespace tautline::io {

class WarmSet;

/// Something that keeps memory while it is busy and gives it back when it is idle. Derive from it,
/// and tell each use to a `WarmSet`.
///
/// Lifetime: the destructor takes it out of its set.
class WarmNode {
public:
    WarmNode(const WarmNode&) = delete;
    WarmNode& operator=(const WarmNode&) = delete;

protected:
    WarmNode() = default;
    virtual ~WarmNode();

    /// Whether it may keep its memory until `on_idle`. Otherwise it gives it back after each use.
    [[nodiscard]] bool warm() const { return set_ != nullptr; }

private:
    friend class WarmSet;
    /// It was not used for a while and is not in the set any more: give the memory back. No node of
    /// the set may be used, removed or destroyed in here.
    virtual void on_idle() = 0;

    WarmSet* set_ = nullptr;  // Null when it is not in one.
    std::uint8_t place_ = 0;  // Its index in the set.
    bool used_ = false;       // Since the set was last looked through.
};

/// The busy ones among very many connections: a bounded number of them, which may keep memory that
/// idle ones must not have.
///
/// Who is used while there is room comes in, and leaves after a time without use. While the set is
/// full the others stay outside: putting one out for another would, with more busy connections than
/// places, let all of them allocate, and out of memory that no cache holds any more. A use costs a
/// store and a comparison. One timer looks after all, and runs only while somebody is in the set.
/// Threads: one at a time.
class WarmSet final : private TimerNode {
public:
    static constexpr std::size_t kNodes = 128;
    /// Who is not used for so long is put out, at the latest after twice as long.
    static constexpr Duration kIdleTime = std::chrono::seconds(1);

    /// `clock` tells the time for `timers`. Both must outlive the set.
    WarmSet(TimerWheel& timers, std::move_only_function<Instant() const> clock);
    ~WarmSet() override;

    /// Notes that `node` is used, and takes it in if there is room.
    void use(WarmNode& node) {
        node.used_ = true;
        if (!node.set_) add(node);
    }
    /// Takes `node` out without calling it. Nothing happens when it is not in the set.
    void remove(WarmNode& node);
    /// Takes all nodes out without calling them.
    void clear();

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void on_timer(Instant now) override;
    void add(WarmNode& node);

    TimerWheel& timers_;
    std::move_only_function<Instant() const> clock_;
    std::size_t size_ = 0;
    std::array<WarmNode*, kNodes> nodes_{};
};

}  // namespace tautline::io
