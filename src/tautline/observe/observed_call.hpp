// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/observe/event.hpp>

namespace tautline::observe {

/// A call of a client and whoever observes it: what its parts need to tell of it.
struct ObservedCall {
    std::shared_ptr<Observer> observer = nullptr;  ///< Null: nobody.
    CallId id = {};
};

/// An id that was not used before.
///
/// Threads: any.
[[nodiscard]] CallId next_call_id();

/// For a call or a request that begins; none where nobody observes, which costs one comparison.
[[nodiscard]] inline CallId new_call_id(const std::shared_ptr<Observer>& observer) {
    return observer ? next_call_id() : CallId();
}

}  // namespace tautline::observe
