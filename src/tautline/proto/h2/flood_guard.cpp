// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/flood_guard.hpp>

namespace tautline::h2 {

FloodGuard::FloodGuard(Role role, const Options& options)
    : role_(role),
      resets_(options.reset_burst, options.resets_per_second),
      glitches_(options.glitch_burst, options.glitches_per_second) {}

bool FloodGuard::count_begun(const Frame& frame, Instant now) {
    using enum FrameType;
    switch (frame.type) {
        // What these cost is counted elsewhere, or has a limit of its own.
        case data:
        case headers:
        case rst_stream:
        case goaway:
        case window_update:
        case continuation: return true;
        case priority:
        case settings:
        case ping: break;
    }
    // Frames of unknown types count too when the library reports them; those that it skips cost
    // next to nothing.
    return glitches_.take(now);
}

bool FloodGuard::count_received(const Frame& frame, Instant now) {
    const bool empty =
        frame.type == FrameType::data && frame.payload_bytes == 0 && !frame.end_stream;
    if (empty) return glitches_.take(now);
    // A server may have its reasons to end many streams at once.
    const bool reset = frame.type == FrameType::rst_stream && role_ == Role::server;
    return !reset || resets_.take(now);
}

}  // namespace tautline::h2
