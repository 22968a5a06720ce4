// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <tests/support/frames.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/start_session.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline::test {

/// A server's session that echoes in a coroutine, towards a peer that sends and does not read: the
/// coroutine waits for room, the inbox is full, and what else has arrived is kept unread.
struct FloodedEcho {
    static constexpr int kMessages = 2000;
    static constexpr int kAtOnce = 100;
    static constexpr std::size_t kMessageBytes = 100;

    explicit FloodedEcho(asio::io_context& on) : context(on) {}

    void start(std::unique_ptr<transport::ByteStream> stream) {
        Handlers handlers = session::coroutine_handlers(
            [this](WebSocket ws) { asio::co_spawn(context, echo(std::move(ws)), asio::detached); });
        handlers.on_closed = [this, told = handlers.on_closed](Peer& peer, const Closed& closed) {
            ++closes;
            told(peer, closed);
        };
        (void)start_session(io::Loop::of(context), registry, std::move(stream),
                            {.handlers = std::move(handlers),
                             .options = {.high_water_bytes = 1000, .low_water_bytes = 100}});
    }
    asio::awaitable<void> echo(WebSocket ws) {
        while (const auto message = co_await ws.receive()) {
            ++received;
            (void)co_await ws.send(*message);
        }
        ++ends;
    }
    /// Sends messages through `client`, which speaks to the session, as far as it takes them: many
    /// at once, so that reading is stopped in the middle of some.
    void flood(transport::ByteStream& client) {
        FrameBytes bytes;
        for (int i = 0; i < kAtOnce; ++i) {
            const FrameBytes next = frame(Role::client, 0x82, std::string(kMessageBytes, 'x'));
            bytes.insert(bytes.end(), next.begin(), next.end());
        }
        std::size_t taken = bytes.size();
        for (int i = 0; i < kMessages && taken == bytes.size(); i += kAtOnce) {
            taken = client.write(std::array{Bytes(bytes)});
            run_ready(context);
        }
    }

    asio::io_context& context;
    session::Registry registry;
    int received = 0;
    int ends = 0;    // of the coroutine
    int closes = 0;  // that the session told
};

}  // namespace tautline::test
