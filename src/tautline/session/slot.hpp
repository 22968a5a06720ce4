// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <utility>

namespace tautline::session {

/// Counts connections, and is told that one is over.
class SlotOwner {
public:
    /// Counts one more, if there is room: there is none unless an owner says so.
    [[nodiscard]] virtual bool take_slot() { return false; }
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
        if (auto* owner = std::exchange(owner_, nullptr)) owner->release_slot();
    }

    /// One more of the same owner. Nothing when as many are open as may be.
    [[nodiscard]] std::optional<Slot> another() const {
        if (!owner_) return Slot();
        if (!owner_->take_slot()) return std::nullopt;
        return Slot(*owner_);
    }

private:
    SlotOwner* owner_ = nullptr;  // null: it counts for nobody
};

}  // namespace tautline::session
