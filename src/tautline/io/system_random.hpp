// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <tautline/base/random.hpp>

namespace tautline::io {

/// The operating system's CSPRNG (getrandom), drawn a page at a time: a masking key costs a copy of
/// four bytes, not a system call.
///
/// Bytes that were handed out are wiped at once. The page is emptied in the child of a fork, so
/// that parent and child never hand out the same bytes; where the kernel cannot do that, nothing is
/// kept and every `fill` asks the kernel.
/// Fails: never; the program stops when the kernel has no randomness to give.
/// Threads: one at a time; every loop has its own.
class SystemRandom final : public RandomBytes {
public:
    SystemRandom();
    ~SystemRandom() override;
    SystemRandom(const SystemRandom&) = delete;
    SystemRandom& operator=(const SystemRandom&) = delete;

    void fill(MutableBytes out) override;

private:
    struct Page;
    Page* page_ = nullptr;  // Null when nothing can be kept.
};

}  // namespace tautline::io
