// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <tautline/base/time.hpp>

namespace tautline::session {

class Registry;

/// Something that lives on its own as long as its connection does.
class Member {
public:
    virtual ~Member() = default;
    /// The process is going away: end in order (a WebSocket closes with 1001).
    virtual void go_away() = 0;
    /// End at once.
    virtual void drop() = 0;

private:
    friend class Registry;
    std::size_t place_ = 0;
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

    void add(std::shared_ptr<Member> member);
    /// Takes the member out; the caller decides when it is destroyed (`io::Loop::retire`).
    std::shared_ptr<Member> remove(Member& member);

    [[nodiscard]] std::size_t size() const { return members_.size(); }

    /// Tells every member. Members may remove themselves meanwhile.
    void go_away();
    void drop();
    /// Destroys every member without a word: for the end of the loop.
    void clear();

private:
    std::vector<std::shared_ptr<Member>> members_;
};

}  // namespace tautline::session
