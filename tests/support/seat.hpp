// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

namespace tautline::test {

/// Data of an application that uses, when it is destroyed, what perhaps only its handlers keep.
struct Seat {
    ~Seat() {
        if (room_was_there) *room_was_there = !room.expired();
    }
    std::weak_ptr<int> room;
    bool* room_was_there = nullptr;
};

}  // namespace tautline::test
