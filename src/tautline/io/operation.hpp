// SPDX-License-Identifier: MIT
#pragma once

namespace tautline::io {

/// An asynchronous operation, which calls back once.
///
/// Calls back from the loop, never from inside the call that began it. Destroying it cancels it: it
/// closes what it has opened, and does not call back. It may be destroyed in its own callback.
/// Threads: those of its loop.
class Operation {
public:
    Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    virtual ~Operation() = default;
};

}  // namespace tautline::io
