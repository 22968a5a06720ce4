// SPDX-License-Identifier: MIT
#include <tautline/server/address_slots.hpp>

namespace tautline::server {

bool AddressSlots::Share::take_slot() {
    if (!slots_.behind_.take_slot()) return false;
    if (!slots_.limit_.take(key_)) {
        slots_.behind_.release_slot();
        return false;
    }
    ++open_;
    return true;
}

// The share is gone behind its last slot.
void AddressSlots::Share::release_slot() {
    AddressSlots& slots = slots_;
    slots.limit_.give_back(key_);
    if (--open_ == 0) slots.shares_.erase(slots.shares_.find(key_));
    slots.behind_.release_slot();
}

std::optional<session::Slot> AddressSlots::take(const transport::SocketAddress& peer) {
    const auto key = limit_.counts() ? AddressLimit::key_for(peer) : std::nullopt;
    if (!key) return session::Slot(behind_);
    if (!limit_.take(*key)) {
        behind_.release_slot();
        return std::nullopt;
    }
    return shares_.try_emplace(*key, *this, *key).first->second.take();
}

}  // namespace tautline::server
