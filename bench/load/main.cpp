// SPDX-License-Identifier: MIT
// The neutral load generator of the comparison: drives one server and prints what it measured.
#include <cstdio>
#include <cstdlib>

#include <sys/prctl.h>

#include "bench/load/generator.hpp"

int main(int argc, char** argv) {
    // Waits end when they should, not up to 50 us later.
    ::prctl(PR_SET_TIMERSLACK, 1);
    bench::Generator generator(bench::read_settings(argc, argv));
    generator.run();
    std::fflush(stdout);
    // The connections need no farewell.
    std::_Exit(0);
}
