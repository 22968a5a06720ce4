// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <tests/support/session_pair.hpp>

namespace tautline::test {

/// A pair whose client holds messages of another thread that its engine has no room for: the server
/// does not read.
struct StuckSession {
    explicit StuckSession(Duration close_timeout = std::chrono::hours(1))
        : pair(client.handlers(), server.handlers(),
               {.close_timeout = close_timeout,
                .max_buffered_bytes = 2000,
                .overflow = OverflowPolicy::refuse},
               100) {
        pair.server_stream->set_reading(false);
        std::thread([this, sender = client.peer->sender()] {
            while (sender.send("0123456789")) ++taken;
        }).join();
        EXPECT_TRUE(client.peer->send(std::string(2000, 'x')));
    }

    /// Lets the server read. Whether both sides then come to a clean end behind every message.
    [[nodiscard]] bool ends_behind_all_messages() {
        pair.server_stream->set_reading(true);
        if (!pair.run_until([&] { return pair.registry.size() == 0; })) return false;
        return client.closed.at(0).clean && server.closed.at(0).clean &&
               server.messages.size() == taken + 1;
    }

    Log client;
    Log server;
    std::size_t taken = 0;  // of the other thread
    SessionPair pair;
};

}  // namespace tautline::test
