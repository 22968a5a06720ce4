// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <tautline/io/timer_wheel.hpp>

namespace tautline::session {

class Registry;

/// Something that lives on its own as long as its connection does, and has one deadline.
class Member : public io::TimerNode {
public:
    ~Member() override = default;
    /// The process is going away: end in order (a WebSocket closes with 1001).
    virtual void go_away() = 0;
    /// End without waiting for the peer. Who has others in the registry that do the work may leave
    /// it to them, and end in a later turn (a connection that comes back).
    virtual void drop() = 0;

    void on_timer(Instant) override {}

private:
    friend class Registry;
    /// Hands over who owns it: the registry lets go.
    virtual std::shared_ptr<Member> release() { return std::shared_ptr<Member>(this); }

    std::uint32_t place_ = 0;
};

/// A member that others may hold too.
class SharedMember : public Member {
private:
    friend class Registry;
    std::shared_ptr<Member> release() final { return std::move(self_); }

    std::shared_ptr<Member> self_;  // while it is in a registry
};

/// Owns the connections of one loop. A client's and a server's handles only refer to them.
///
/// Threads: those of the loop.
class Registry {
public:
    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    ~Registry() { clear(); }

    void add(std::unique_ptr<Member> member);
    void add(const std::shared_ptr<SharedMember>& member);
    /// Takes the member out; the caller decides when it is destroyed (`io::Loop::retire`).
    std::shared_ptr<Member> remove(Member& member);

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    /// Calls `on_empty` whenever the last member was taken out. It may be where the members are
    /// told, so it must not tell them itself.
    void set_on_empty(std::function<void()> on_empty) { on_empty_ = std::move(on_empty); }

    /// Tells every member, the latest one first. Members may remove themselves or others meanwhile;
    /// one may be told twice then.
    void go_away() { tell(&Member::go_away); }
    void drop() { tell(&Member::drop); }
    /// Destroys every member without a word: for the end of the loop.
    void clear();

private:
    void tell(void (Member::*what)());

    std::vector<Member*> members_;
    std::function<void()> on_empty_;
};

}  // namespace tautline::session
