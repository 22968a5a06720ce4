// SPDX-License-Identifier: MIT
#include <tautline/session/registry.hpp>

#include <algorithm>

#include <tautline/base/assert.hpp>

namespace tautline::session {

void Registry::add(std::unique_ptr<Member> member) {
    member->place_ = static_cast<std::uint32_t>(members_.size());
    members_.push_back(member.get());
    (void)member.release();
}

void Registry::add(const std::shared_ptr<SharedMember>& member) {
    member->place_ = static_cast<std::uint32_t>(members_.size());
    members_.push_back(member.get());
    member->self_ = member;
}

std::shared_ptr<Member> Registry::remove(Member& member) {
    const std::size_t place = member.place_;
    TAUTLINE_ASSERT(place < members_.size() && members_[place] == &member);
    members_[place] = members_.back();
    members_[place]->place_ = member.place_;
    members_.pop_back();
    auto released = member.release();
    if (members_.empty() && on_empty_) on_empty_();
    return released;
}

// Each call may remove that member or any other. Whoever then moves to the place that became free
// comes from behind, where all were told.
void Registry::tell(void (Member::*what)()) {
    for (std::size_t left = members_.size(); left > 0; left = std::min(left - 1, members_.size())) {
        (members_[left - 1]->*what)();
    }
}

void Registry::clear() {
    while (!members_.empty()) (void)remove(*members_.back());
}

}  // namespace tautline::session
