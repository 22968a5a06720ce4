// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace tautline::io {

/// Runs a function when the scope ends, also by an exception of the application that passes
/// through: whoever calls `io_context::run` again finds everything in order.
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
