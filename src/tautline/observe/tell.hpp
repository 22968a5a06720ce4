// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/contained.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/observe/observed_call.hpp>

namespace tautline::observe {

/// Tells an event to whoever observes; null: nobody. Whatever the observer throws ends here.
inline void tell(const std::shared_ptr<Observer>& observer, const Event& event, Stamp stamp) {
    if (observer) (void)contained([&] { observer->observe(event, stamp); });
}

/// The same of this call.
inline void tell(const ObservedCall& call, const Event& event, Instant now) {
    tell(call.observer, event, {call.id, now});
}

}  // namespace tautline::observe
