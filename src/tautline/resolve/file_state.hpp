// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace tautline::resolve {

/// Tells whether a file may have been written or replaced since: another state, other content.
struct FileState {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const FileState&, const FileState&) = default;
};

/// A file that is not there has a state of its own.
[[nodiscard]] FileState state_of(const std::string& path);

}  // namespace tautline::resolve
