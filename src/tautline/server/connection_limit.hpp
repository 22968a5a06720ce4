// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace tautline::server {

/// How many connections a server may have open, over all its threads.
///
/// Threads: any, but for `set_on_room`, which comes before the first `take`, or after the last
/// thread has ended.
class ConnectionLimit {
public:
    explicit ConnectionLimit(std::size_t most) : most_(most) {}
    ConnectionLimit(const ConnectionLimit&) = delete;
    ConnectionLimit& operator=(const ConnectionLimit&) = delete;

    /// Called after a refused `take`, once there is room again, on the thread that made it.
    void set_on_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }

    /// Counts one more connection, if there is room.
    [[nodiscard]] bool take();
    void give_back();

    [[nodiscard]] std::size_t open() const { return open_.load(); }

private:
    [[nodiscard]] bool try_take();

    const std::size_t most_;
    std::function<void()> on_room_;
    std::atomic<std::size_t> open_ = 0;
    std::atomic<bool> refused_ = false;  // somebody waits for room
};

/// Told that a connection is over.
class SlotOwner {
public:
    virtual void release_slot() = 0;

protected:
    ~SlotOwner() = default;
};

/// One connection's place among those that may be open. Given back by its destructor.
class Slot {
public:
    Slot() = default;
    explicit Slot(SlotOwner& owner) : owner_(&owner) {}
    Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Slot& operator=(Slot&& other) noexcept {
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~Slot() {
        if (owner_) owner_->release_slot();
    }

private:
    SlotOwner* owner_ = nullptr;  // null: it counts for nobody
};

}  // namespace tautline::server
