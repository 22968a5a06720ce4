// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <utility>

namespace tautline {

/// Runs code of the application, and lets no exception of it out: false when it threw. Behind it
/// the caller is what it was; what becomes of the call or the connection is for the caller to say.
/// `report` gets a std::exception_ptr to what was thrown, and throws nothing itself.
template <typename Code, typename Report>
[[nodiscard]] bool contained(Code&& code, Report&& report) noexcept {
    try {
        std::forward<Code>(code)();
        return true;
    } catch (...) {
        std::forward<Report>(report)(std::current_exception());
        return false;
    }
}

template <typename Code>
[[nodiscard]] bool contained(Code&& code) noexcept {
    return contained(std::forward<Code>(code), [](const std::exception_ptr&) {});
}

}  // namespace tautline
