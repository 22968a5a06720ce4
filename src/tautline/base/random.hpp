// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/bytes.hpp>

namespace tautline {

/// The source of random bytes for the core, which draws none itself.
///
/// Real ones come from `io/system_random`, a CSPRNG; tests hand in known bytes.
/// Threads: one at a time.
class RandomBytes {
public:
    virtual ~RandomBytes() = default;

    /// Fills the whole of `out` with unpredictable bytes. Cannot fail.
    virtual void fill(MutableBytes out) = 0;

protected:
    RandomBytes() = default;
    RandomBytes(const RandomBytes&) = default;
    RandomBytes& operator=(const RandomBytes&) = default;
};

}  // namespace tautline
