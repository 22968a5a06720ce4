// SPDX-License-Identifier: MIT
#include <tautline/session/registry.hpp>

#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::session {

void Registry::add(std::shared_ptr<Member> member) {
    member->place_ = members_.size();
    members_.push_back(std::move(member));
}

std::shared_ptr<Member> Registry::remove(Member& member) {
    const std::size_t place = member.place_;
    TAUTLINE_ASSERT(place < members_.size() && members_[place].get() == &member);
    std::swap(members_[place], members_.back());
    members_[place]->place_ = place;
    auto removed = std::move(members_.back());
    members_.pop_back();
    return removed;
}

// A copy is walked, as each call may end the member or any other.
void Registry::go_away() {
    const auto members = members_;
    for (const auto& member : members) member->go_away();
}

void Registry::drop() {
    const auto members = members_;
    for (const auto& member : members) member->drop();
}

void Registry::clear() { const auto members = std::exchange(members_, {}); }

}  // namespace tautline::session
