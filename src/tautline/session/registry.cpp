// SPDX-License-Identifier: MIT
#include <tautline/session/registry.hpp>

#include <tautline/base/assert.hpp>

namespace tautline::session {

void Registry::append(RegistryLink& list, RegistryLink& link) {
    link.earlier = list.earlier;
    link.later = &list;
    list.earlier->later = &link;
    list.earlier = &link;
}

void Registry::unlink(RegistryLink& link) {
    link.earlier->later = link.later;
    link.later->earlier = link.earlier;
    link.earlier = link.later = nullptr;
}

void Registry::link(Member& member) {
    append(members_, member);
    ++size_;
}

void Registry::add(std::unique_ptr<Member> member) { link(*member.release()); }

void Registry::add(const std::shared_ptr<SharedMember>& member) {
    member->self_ = member;
    link(*member);
}

std::shared_ptr<Member> Registry::remove(Member& member) {
    RegistryLink& link = member;
    TAUTLINE_ASSERT(link.later != nullptr);
    unlink(link);
    --size_;
    return member.release();
}

// Each call may remove that member or any other: they wait in a ring of their own, and each goes
// back before it is told.
void Registry::tell(void (Member::*what)()) {
    RegistryLink untold;
    clear_list(untold);
    while (members_.later != &members_) {
        RegistryLink& link = *members_.later;
        unlink(link);
        append(untold, link);
    }
    while (untold.later != &untold) {
        RegistryLink& link = *untold.later;
        unlink(link);
        append(members_, link);
        (static_cast<Member&>(link).*what)();
    }
}

void Registry::clear() {
    while (members_.later != &members_) (void)remove(static_cast<Member&>(*members_.later));
}

}  // namespace tautline::session
