// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/contained.hpp>
#include <tautline/observe/event.hpp>

namespace tautline::observe {

/// Tells an event to whoever observes; null: nobody. Whatever the observer throws ends here.
inline void tell(const std::shared_ptr<Observer>& observer, const Event& event, Instant now) {
    if (observer) (void)contained([&] { observer->observe(event, now); });
}

}  // namespace tautline::observe
