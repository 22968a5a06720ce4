// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_ledger.hpp>

#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::client {

std::expected<void, UsageError> ReconnectLedger::add(MessageView message, SendOptions options) {
    if (held_bytes_ >= max_bytes_) {
        refused_ = true;
        return std::unexpected(UsageError::queue_full);
    }
    held_bytes_ += message.bytes.size() + kCharge;
    waiting_.emplace_back(Message(message), options);
    return {};
}

const ReconnectLedger::Kept* ReconnectLedger::next() const {
    return waiting_.empty() ? nullptr : &waiting_.front();
}

void ReconnectLedger::hand_over(std::uint64_t ends_at) {
    TAUTLINE_ASSERT(!waiting_.empty());
    unconfirmed_.push_back({std::move(waiting_.front()), ends_at});
    waiting_.pop_front();
}

void ReconnectLedger::confirm(std::uint64_t count) {
    TAUTLINE_ASSERT(count <= handed_over());
    for (; confirmed_ < count; ++confirmed_) {
        release(unconfirmed_.front().kept.message);
        unconfirmed_.pop_front();
    }
}

bool ReconnectLedger::unwritten(std::uint64_t written) const {
    return !unconfirmed_.empty() && unconfirmed_.back().ends_at > written;
}

std::vector<Message> ReconnectLedger::end_connection(std::uint64_t written, bool resend) {
    // A message of which a byte was not written cannot have arrived. From the back, to keep order.
    while (!unconfirmed_.empty() && (resend || unwritten(written))) {
        waiting_.push_front(std::move(unconfirmed_.back().kept));
        unconfirmed_.pop_back();
    }
    std::vector<Message> lost;
    for (auto& [kept, ends_at] : unconfirmed_) {
        release(kept.message);
        lost.push_back(std::move(kept.message));
    }
    unconfirmed_.clear();
    confirmed_ = 0;
    return lost;
}

std::vector<Message> ReconnectLedger::take_waiting() {
    std::vector<Message> taken;
    for (auto& [message, options] : std::exchange(waiting_, {})) {
        release(message);
        taken.push_back(std::move(message));
    }
    return taken;
}

bool ReconnectLedger::room_again() {
    if (held_bytes_ > max_bytes_ / 2) return false;
    return std::exchange(refused_, false);
}

void ReconnectLedger::release(const Message& message) {
    held_bytes_ -= message.bytes().size() + kCharge;
}

}  // namespace tautline::client
