// SPDX-License-Identifier: MIT
#include <tautline/resolve/file_state.hpp>

#include <sys/stat.h>

namespace tautline::resolve {

FileState state_of(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return {};
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    return {.inode = found.st_ino,
            .size = found.st_size,
            .changed_ns = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

}  // namespace tautline::resolve
