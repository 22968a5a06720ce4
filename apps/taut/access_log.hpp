// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

namespace tautline::taut {

/// Lines about who came and went. A server never waits for whoever reads them: what finds no room
/// is left out, and the next line that does says how many that were.
///
/// Limits: a line is cut after 4000 bytes.
/// Threads: any.
class AccessLog {
public:
    /// Writes to `descriptor`, which is not closed.
    explicit AccessLog(int descriptor) : descriptor_(descriptor) {}

    /// Adds a line, given without its end.
    void write(std::string_view line);

private:
    bool write_now(std::string_view line);

    std::mutex mutex_;
    int descriptor_;
    std::uint64_t left_out_ = 0;
};

}  // namespace tautline::taut
