// SPDX-License-Identifier: MIT
// Asio 1.22 sees that there is aligned_alloc behind a header of the standard library only. Here it
// comes before all of them, and must not free with one function what another one allocated.
#include <asio/execution_context.hpp>

#ifndef ASIO_HAS_STD_ALIGNED_ALLOC
#error "Asio is another one than in the library"
#endif

int main() {}
