// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/options_check.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace tautline::h2 {

namespace {

// RFC 9113 section 6.9.1.
constexpr std::uint32_t kLargestWindow = 0x7fff'ffff;

std::string problem_with_windows(const Options& options) {
    const std::array<std::pair<std::string_view, std::uint32_t>, 2> windows = {{
        {"stream_window_bytes", options.stream_window_bytes},
        {"connection_window_bytes", options.connection_window_bytes},
    }};
    for (const auto& [name, bytes] : windows) {
        if (bytes >= 1 && bytes <= kLargestWindow) continue;
        return std::string(name) + " must be from 1 to " + std::to_string(kLargestWindow);
    }
    return {};
}

}  // namespace

// Where it would stop every connection: a peer's SETTINGS and their acknowledgement are frames that
// the burst counts. No reset at all is a strict peer's choice.
std::string problem_with(const Options& options) {
    const std::array<std::pair<std::string_view, std::size_t>, 5> counts = {{
        {"max_concurrent_streams", options.max_concurrent_streams},
        {"max_output_bytes", options.max_output_bytes},
        {"max_answer_bytes", options.max_answer_bytes},
        {"max_settings", options.max_settings},
        {"max_unsent_acks", options.max_unsent_acks},
    }};
    for (const auto& [name, count] : counts) {
        if (count == 0) return std::string(name) + " must be at least 1";
    }
    if (options.glitch_burst < 2) return "glitch_burst must be at least 2";
    return problem_with_windows(options);
}

}  // namespace tautline::h2
