// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>

/// Stops the program when `condition` is false, in every build type.
///
/// For contracts that the caller must keep (a null handler, an index out of range). What a peer or
/// the system can cause is an error value instead.
#define TAUTLINE_ASSERT(condition)                                                                \
    do {                                                                                          \
        if (!(condition)) [[unlikely]] {                                                          \
            std::fprintf(stderr, "%s:%d: contract broken: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                         \
        }                                                                                         \
    } while (false)
