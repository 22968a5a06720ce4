// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/options_check.hpp>

#include <array>
#include <string_view>

#include <tautline/base/time_limit.hpp>

namespace tautline::websocket {

namespace {

std::string problem_with_times(const ConnectionOptions& options) {
    constexpr Duration kSome = kLongestTime;  // for what is never
    const bool never_stalls = options.stall_timeout == Duration::zero();
    struct Time {
        std::string_view name;
        Duration time;
        std::string_view never;
    };
    const std::array times = {
        Time{"message_timeout", options.message_timeout.value_or(kSome),
             "; std::nullopt: for ever"},
        Time{"ping_interval", options.ping_interval.value_or(kSome), "; std::nullopt: never"},
        Time{"pong_timeout", options.pong_timeout, ""},
        Time{"close_timeout", options.close_timeout, ""},
        Time{"stall_timeout", never_stalls ? kSome : options.stall_timeout, "; zero: for ever"},
    };
    for (const auto& [name, time, never] : times) {
        if (is_time_limit(time)) continue;
        return std::string(name) + " must be positive, and a year at most" + std::string(never);
    }
    return {};
}

}  // namespace

std::string problem_with_compression(const std::optional<deflate::Options>& compression) {
    if (!compression || deflate::is_usable(*compression)) return {};
    return "a compression option is out of its range; windows have 9 to 15 bits, levels go from 0 "
           "to 9, memory levels from 1 to 9";
}

std::string problem_with(const ConnectionOptions& options) {
    if (options.max_buffered_bytes == 0) return "max_buffered_bytes must be positive";
    auto problem = problem_with_compression(options.compression);
    return problem.empty() ? problem_with_times(options) : problem;
}

}  // namespace tautline::websocket
