// SPDX-License-Identifier: MIT
#include <ctime>
#include <fstream>
#include <string>

#include "bench/load/process.hpp"

namespace bench {

namespace {

double seconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

std::uint64_t now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

double own_cpu() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

double cpu_of(int pid) {
    clockid_t clock{};
    return ::clock_getcpuclockid(pid, &clock) == 0 ? seconds(clock) : 0;
}

Memory memory_of(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    Memory memory;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) memory.resident = std::stol(line.substr(6));
        if (line.starts_with("RssAnon:")) memory.anonymous = std::stol(line.substr(8));
    }
    return memory;
}

}  // namespace bench
