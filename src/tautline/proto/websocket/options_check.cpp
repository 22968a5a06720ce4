// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/options_check.hpp>

namespace tautline::websocket {

std::string_view problem_with(const ConnectionOptions& options) {
    if (options.max_buffered_bytes == 0) return "max_buffered_bytes must be positive";
    if (options.stall_timeout < Duration::zero()) return "stall_timeout must not be negative";
    if (options.compression && !deflate::is_usable(*options.compression)) {
        return "a compression option is out of its range; windows have 9 to 15 bits, levels go "
               "from "
               "0 to 9, memory levels from 1 to 9";
    }
    return {};
}

}  // namespace tautline::websocket
