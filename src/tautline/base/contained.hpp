// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace tautline {

/// Runs code of the application, and lets no exception of it out: false when it threw. Behind it
/// the caller is what it was; what becomes of the call or the connection is for the caller to say.
template <typename Code>
[[nodiscard]] bool contained(Code&& code) noexcept {
    try {
        std::forward<Code>(code)();
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace tautline
