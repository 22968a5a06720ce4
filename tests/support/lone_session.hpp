// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tests/support/session_pair.hpp>

namespace tautline::test {

// Takes as much as it is told to, and remembers where that lay.
struct RoomyStream final : transport::ByteStream {
    void set_handler(transport::ByteStreamHandler* given) override { handler = given; }
    void set_reading(bool) override {}
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override {
        places.clear();
        if (dropping) room = std::size_t{1} << 30;
        std::size_t count = 0;
        for (const Bytes piece : pieces) {
            places.push_back(piece.data());
            const Bytes part = piece.first(std::min(piece.size(), room));
            taken += as_text(part);
            room -= part.size();
            count += part.size();
        }
        return count;
    }
    [[nodiscard]] bool broken() const override { return dropping; }
    void retry_writing() override {
        if (room > 0) handler->on_writable();
    }
    void shut_down() override {}
    void close() override {}
    [[nodiscard]] transport::StreamInfo info() const override { return {}; }

    transport::ByteStreamHandler* handler = nullptr;
    std::size_t room = 0;
    bool dropping = false;
    std::vector<const void*> places;
    std::string taken;
};

// A session whose peer is the test.
struct LoneSession {
    explicit LoneSession(const ConnectionOptions& options = {}, Role role = Role::server,
                         std::size_t room = 0, MutableBytes already_received = {}) {
        auto owned = std::make_unique<RoomyStream>();
        stream = owned.get();
        stream->room = room;
        driver = &start_session(loop, registry, std::move(owned),
                                {.role = role,
                                 .handlers = log.handlers(),
                                 .options = options,
                                 .already_received = already_received});
    }
    // The payload is gone when it returns.
    auto send(std::size_t size) {
        const auto payload = std::make_unique<std::string>(size, 'x');
        payload_at = payload->data();
        return log.peer->send(as_bytes(*payload));
    }
    void make_room(std::size_t bytes) {
        stream->room = bytes;
        stream->handler->on_writable();
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    Log log;
    session::Driver* driver = nullptr;
    RoomyStream* stream = nullptr;
    const void* payload_at = nullptr;
};

}  // namespace tautline::test
