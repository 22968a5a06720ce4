// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include <tautline/observe/event.hpp>

namespace tautline::dial {

/// The numbers of what is done to reach the proxy of attempt n begin at n times this.
inline constexpr std::uint64_t kProxyNumbers = 1000;

/// Tells `observer` of the race to the proxy of `attempt`, whose queries and attempts get numbers
/// of their own.
[[nodiscard]] std::shared_ptr<observe::Observer> observer_for_proxy(
    std::shared_ptr<observe::Observer> observer, eyeballs::AttemptId attempt);

}  // namespace tautline::dial
