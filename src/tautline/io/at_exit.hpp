// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace tautline::io {

/// Runs a function when the scope ends, also when an exception of the application leaves it: the
/// application may call `io_context::run` again.
template <typename Function>
class AtExit {
public:
    explicit AtExit(Function function) : function_(std::move(function)) {}
    ~AtExit() { function_(); }
    AtExit(const AtExit&) = delete;
    AtExit& operator=(const AtExit&) = delete;

private:
    Function function_;
};

}  // namespace tautline::io
