// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>

namespace tautline::test {

/// Runs `context` until whatever is due within a few ticks of the timers has had its turn.
inline void run_a_little(asio::io_context& context) {
    struct Last final : io::TimerNode {
        void on_timer(Instant) override { fired = true; }
        bool fired = false;
    } last;
    io::Loop& loop = io::Loop::of(context);
    loop.timers().schedule(last, loop.now() + 4 * io::TimerWheel::kTick);
    EXPECT_TRUE(run_until(context, [&] { return last.fired; }));
}

}  // namespace tautline::test
