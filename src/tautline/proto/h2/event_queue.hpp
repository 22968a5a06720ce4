// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <tautline/proto/h2/event.hpp>

namespace tautline::h2 {

/// Events in their order. Keeps no more than a little memory when it is empty.
class EventQueue {
public:
    void push(Event event) { events_.push_back(std::move(event)); }

    [[nodiscard]] std::optional<Event> poll() {
        if (next_ < events_.size()) return std::move(events_[next_++]);
        events_.clear();
        if (events_.capacity() > kKept) events_.shrink_to_fit();
        next_ = 0;
        return std::nullopt;
    }

private:
    static constexpr std::size_t kKept = 64;

    std::vector<Event> events_;
    std::size_t next_ = 0;
};

}  // namespace tautline::h2
