// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace tautline::session {

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
        if (auto* owner = std::exchange(owner_, nullptr)) owner->release_slot();
    }

private:
    SlotOwner* owner_ = nullptr;  // null: it counts for nobody
};

}  // namespace tautline::session
