// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/options_check.hpp>

#include <array>
#include <string_view>
#include <utility>

#include <tautline/base/time_limit.hpp>

namespace tautline::websocket {

namespace {

std::string problem_with_times(const ConnectionOptions& options) {
    constexpr Duration kSome = kLongestTime;  // for what is never
    const bool never_stalls = options.stall_timeout == Duration::zero();
    const std::array<std::pair<std::string_view, Duration>, 5> times = {{
        {"message_timeout", options.message_timeout.value_or(kSome)},
        {"ping_interval", options.ping_interval.value_or(kSome)},
        {"pong_timeout", options.pong_timeout},
        {"close_timeout", options.close_timeout},
        {"stall_timeout", never_stalls ? kSome : options.stall_timeout},
    }};
    for (const auto& [name, time] : times) {
        if (!is_time_limit(time)) {
            return std::string(name) + " must be positive, and a year at most";
        }
    }
    return {};
}

}  // namespace

std::string problem_with(const ConnectionOptions& options) {
    if (options.max_buffered_bytes == 0) return "max_buffered_bytes must be positive";
    if (options.compression && !deflate::is_usable(*options.compression)) {
        return "a compression option is out of its range; windows have 9 to 15 bits, levels go "
               "from 0 to 9, memory levels from 1 to 9";
    }
    return problem_with_times(options);
}

}  // namespace tautline::websocket
