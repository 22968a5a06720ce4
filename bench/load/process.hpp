// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace bench {

/// The monotonic clock, in nanoseconds.
std::uint64_t now();
/// CPU time of this process so far, in seconds.
double own_cpu();
/// CPU time of another process so far, all its threads together, in seconds.
double cpu_of(int pid);
/// Memory of another process in KiB: all that is resident, and the part that is its own (heap and
/// stacks, without files).
struct Memory {
    long resident = 0;
    long anonymous = 0;
};
Memory memory_of(int pid);

}  // namespace bench
