// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tautline::test {

/// How often the calling thread has asked for memory so far: `new`, `malloc`, `calloc`, `realloc`
/// and their aligned forms, by whatever library (zlib, nghttp2, OpenSSL and Asio too).
///
/// Not seen: what is given back, memory that a library maps itself.
[[nodiscard]] std::size_t allocations();
/// The same of all threads together.
[[nodiscard]] std::size_t all_allocations();

/// Prints the stack of the next `count` of them on the calling thread to stderr: for whoever wants
/// to know where they come from.
void print_allocations(std::size_t count);

}  // namespace tautline::test
