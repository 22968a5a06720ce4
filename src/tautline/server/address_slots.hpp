// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include <tautline/server/address_limit.hpp>
#include <tautline/session/slot.hpp>

namespace tautline::server {

/// The slots of one loop, which give back what they took of the address limit too. The connections
/// of an address share an owner, so that each one holds no more than without the limit.
///
/// Lifetime: until its slots are given back.
/// Threads: those of its loop.
class AddressSlots {
public:
    /// `behind` owns the slots themselves.
    AddressSlots(AddressLimit& limit, session::SlotOwner& behind)
        : limit_(limit), behind_(behind) {}
    AddressSlots(const AddressSlots&) = delete;
    AddressSlots& operator=(const AddressSlots&) = delete;

    /// Makes what `behind` has counted already a slot. Where the address of `peer` has too many it
    /// is given back, and there is none.
    [[nodiscard]] std::optional<session::Slot> take(const transport::SocketAddress& peer);

private:
    class Share;

    AddressLimit& limit_;
    session::SlotOwner& behind_;
    std::map<AddressLimit::Key, Share> shares_;
};

// The connections of one address on this loop.
class AddressSlots::Share final : public session::SlotOwner {
public:
    Share(AddressSlots& slots, const AddressLimit::Key& key) : slots_(slots), key_(key) {}

    [[nodiscard]] session::Slot take() {
        ++open_;
        return session::Slot(*this);
    }

private:
    bool take_slot() override;
    void release_slot() override;

    AddressSlots& slots_;
    const AddressLimit::Key key_;
    std::size_t open_ = 0;
};

}  // namespace tautline::server
